// Resource limits (max_memory_bytes and its kin): presets, checks, and functions that are bound by them.
import { flag, options, whole } from './arguments.js';
import { BASE_BYTES, MEMORY_FACTOR, within } from './budget.js';
import { invalid } from './error.js';
import { limits as core } from './limits.js';

/** Each number: the least, the most. */
const RANGES = {
  maxMemoryBytes: [2 * BASE_BYTES, 2 ** 32],
  maxExecutionMs: [1, 2 ** 31 - 1],
  maxFileSizeBytes: [1, Number.MAX_SAFE_INTEGER],
  // Below is what the core may use for any input; it never uses more.
  maxStackDepth: [Math.max(core.CBOR_DEPTH, core.JSON_DEPTH), 1024],
  chunkSizeBytes: [1024, 16 * 1024 * 1024],
};

/** Resource limits, checked and frozen. */
export function resourceLimits(given) {
  const known = [...Object.keys(RANGES), 'enableStreaming'];
  const limits = { ...options(given, 'resourceLimits', known) };
  for (const [name, [least, most]] of Object.entries(RANGES)) whole(limits[name], name, least, most);
  if (limits.enableStreaming === undefined) throw invalid('enableStreaming must be true or false, and is undefined');
  flag(limits.enableStreaming, 'enableStreaming');
  fit(limits);
  return Object.freeze(limits);
}

/** Refuses numbers that are all right by themselves and not together. */
function fit({ maxMemoryBytes, maxFileSizeBytes, enableStreaming, chunkSizeBytes }) {
  if (chunkSizeBytes > maxFileSizeBytes) {
    throw invalid(`chunkSizeBytes must be from ${RANGES.chunkSizeBytes[0]} to maxFileSizeBytes, ${maxFileSizeBytes}, and is ${chunkSizeBytes}`);
  }
  const room = Math.floor((maxMemoryBytes - BASE_BYTES) / MEMORY_FACTOR);
  if (chunkSizeBytes > room) {
    throw invalid(`chunkSizeBytes must be from ${RANGES.chunkSizeBytes[0]} to ${room}, which is what maxMemoryBytes has room for, and is ${chunkSizeBytes}`);
  }
  if (!enableStreaming && maxFileSizeBytes > room) {
    throw invalid(`maxFileSizeBytes must be from 1 to ${room} without enableStreaming, which is what maxMemoryBytes has room for, and is ${maxFileSizeBytes}`);
  }
}

const MIB = 1024 * 1024;

/** Limits to begin with; each is checked as any other. */
export const limitPresets = Object.freeze({
  /** For one's own machine: short enough to notice what would not do in earnest. */
  development: resourceLimits({
    maxMemoryBytes: 256 * MIB, maxExecutionMs: 60_000, maxFileSizeBytes: 64 * MIB, maxStackDepth: 64,
    enableStreaming: true, chunkSizeBytes: 64 * 1024,
  }),
  /** For edge functions, which have 128 MB for everything. */
  production: resourceLimits({
    maxMemoryBytes: 64 * MIB, maxExecutionMs: 10_000, maxFileSizeBytes: 256 * MIB, maxStackDepth: 16,
    enableStreaming: true, chunkSizeBytes: 64 * 1024,
  }),
  /** For servers that sign large files. */
  enterprise: resourceLimits({
    maxMemoryBytes: 512 * MIB, maxExecutionMs: 300_000, maxFileSizeBytes: 16 * 1024 * MIB, maxStackDepth: 16,
    enableStreaming: true, chunkSizeBytes: 256 * 1024,
  }),
});

/**
 * The same functions, bound by limits: of a module, or of an object of functions and modules. What they return is bound, too.
 * @param {object} api for instance `{ cose, sha256 }`
 * @param {'development' | 'production' | 'enterprise' | object} limits the name of a preset, or all of the limits
 */
export function withLimits(api, limits) {
  return bound(members(api), checked(limits));
}

function checked(limits) {
  if (typeof limits !== 'string') return resourceLimits(limits);
  if (!Object.hasOwn(limitPresets, limits)) {
    throw invalid(`limits must be one of ${Object.keys(limitPresets).join(', ')}, or an object, and are '${limits}'`);
  }
  return limitPresets[limits];
}

function members(api) {
  if (api !== null && typeof api === 'object') return api;
  throw invalid('withLimits takes a module, or an object of functions and modules');
}

function bound(value, limits) {
  if (typeof value === 'function') return new Proxy(value, traps(limits));
  if (value === null || typeof value !== 'object') return value;
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, one]) => [name, bound(one, limits)])));
}

/** Of functions and of classes, whose static functions make things, too. */
function traps(limits) {
  return {
    apply: (act, self, given) => within(limits, () => Reflect.apply(act, self, given)),
    construct: (Class, given, target) => within(limits, () => Reflect.construct(Class, given, target)),
    get(target, name) {
      const value = Reflect.get(target, name);
      return typeof value === 'function' && name !== 'constructor' && Object.hasOwn(target, name)
        ? (...given) => within(limits, () => Reflect.apply(value, target, given))
        : value;
    },
  };
}
