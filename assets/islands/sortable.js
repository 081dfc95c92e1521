/*
 * sortable.js: SortableJS as a script of its own, which a page with a board loads when it is there.
 *
 * WHY  13 KB that no other page needs. Its plug-in for scrolling at the edges is in, the others are
 *      not.
 */
import { AutoScroll, Sortable } from "sortablejs/modular/sortable.core.esm.js";

Sortable.mount(new AutoScroll());

export default Sortable;
