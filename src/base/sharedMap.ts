/**
 * Returns the same map in all bundles. Each bundle has its own copy of every module, and so of the module's state: what one
 * of them records of an object, another one must find.
 * @param name unique in the bridge
 */
export function sharedWeakMap<K extends object, V>(name: string): WeakMap<K, V> {
  const key = Symbol.for(`kiro-bridge.${name}`);
  const known: unknown = Reflect.get(globalThis, key);
  if (known instanceof WeakMap) return known;
  const map = new WeakMap<K, V>();
  Reflect.set(globalThis, key, map);
  return map;
}
