// What structured clone refuses.

/** For each class, what makes objects with its prototype. */
const makers = new WeakMap();

/**
 * The base of everything whose state is private. `structuredClone`, `postMessage` and IndexedDB would leave that out and give
 * `{}`, in silence. A generator they refuse with a DataCloneError, whatever its prototype is; so each object is one, and has
 * nothing else of it. No other kind of object that they refuse is made so fast.
 */
export class Uncloneable {
  constructor() {
    return makerOf(new.target)();
  }
}

function makerOf(Class) {
  let make = makers.get(Class);
  if (make === undefined) {
    make = function* () {};
    make.prototype = Class.prototype;
    makers.set(Class, make);
  }
  return make;
}
