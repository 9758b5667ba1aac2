/**
 * Mark ranges of the document without touching its nodes (CSS Custom Highlight API).
 * @param {string} name as in `::highlight(name)`
 * @param {Range[]} ranges
 */
export function setHighlight(name, ranges) {
  if (!("highlights" in CSS)) return;
  if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
}
