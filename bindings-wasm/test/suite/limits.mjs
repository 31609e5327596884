export function resourceLimits() { return []; }
