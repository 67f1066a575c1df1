const NEAR = "600px"; // from what is seen

/** @type {WeakMap<Element, () => void>} */
const acts = new WeakMap();
/** @type {IntersectionObserver | undefined} */
let observer;

/**
 * Acts once an element is near what is seen.
 * @param {Element} element
 * @param {() => void} act
 * @returns {() => void} stops it
 */
export function whenNear(element, act) {
  observer ??= new IntersectionObserver(noted, /** @type {any} */ ({ rootMargin: NEAR, scrollMargin: NEAR }));
  acts.set(element, act);
  observer.observe(element);
  return () => observer?.unobserve(element);
}

/** @param {IntersectionObserverEntry[]} entries */
function noted(entries) {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    observer?.unobserve(target);
    acts.get(target)?.();
  }
}
