/*
 * cells: edits a value where it stands: a click on it puts its form there, and back.
 *
 * RULES
 *  1. Enter saves, Escape puts the value back as it was; the focus returns to it either way.
 *  2. A page that is brought up to date leaves an open form, and the row it is in, as they are.
 *  3. A value that the server does not edit in place is edited on its page.
 *  4. A form that was refused stays open, with what is wrong.
 *  5. Values of a table[data-edits] in columns with th[data-field] are made what shared_cell makes
 *     of others, before anybody sees them: of a page that comes, and of one brought up to date.
 *  6. What else a record's page shows of a value follows when it is saved: chips, steps, history.
 *
 * Markup: <body data-controller="cells">, once for all values of the page; shared_cell makes .cell
 * with an a[data-cell="ID"]; #said tells what happened. Rows are #NAME-12, and beside the table is
 * a template[data-pencil]. What a cell's address answers has a
 * <turbo-frame id="ID"> with the form (shared_cell_form); what the form answers has one with the
 * value (shared_cell_saved), or, with 422 or 412, with the form again.
 */
import { Controller } from "@hotwired/stimulus";
import { renderStreamMessage } from "@hotwired/turbo";

const OPEN = "turbo-frame[data-editing]";

export default class extends Controller {
    connect() {
        this.before = new WeakMap();
        this.heard = [
            ["click", (event) => this.open(event)],
            ["keydown", (event) => this.key(event)],
            ["turbo:frame-render", (event) => this.settle(event)],
            ["turbo:frame-missing", (event) => this.elsewhere(event)],
            ["turbo:before-morph-element", (event) => this.keep(event)],
        ];
        for (const [name, run] of this.heard) this.element.addEventListener(name, run);
        this.comes = ({ detail }) => offerAll(detail.newBody);
        addEventListener("turbo:before-render", this.comes);
        offerAll(this.element);
    }

    disconnect() {
        removeEventListener("turbo:before-render", this.comes);
        for (const [name, run] of this.heard) this.element.removeEventListener(name, run);
    }

    open(event) {
        if (event.target.closest("[data-cell-cancel]")) return this.cancel(event);
        const link = event.target.closest("a[data-cell]");
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
        for (const other of this.element.querySelectorAll(OPEN)) {
            if (!isTyped(other)) this.restore(other, false);
        }
        const frame = document.createElement("turbo-frame");
        const cell = link.closest(".cell");
        frame.id = link.dataset.cell;
        frame.dataset.editing = "";
        this.before.set(frame, cell);
        const { width, height } = cell.getBoundingClientRect();
        if (link.closest("td")) {
            frame.style.width = `${width}px`; /* as wide as the value: no column moves */
            frame.style.minHeight = `${height}px`;
        }
        cell.replaceWith(frame);
        frame.append(cell.cloneNode(true));
        frame.src = link.href;
    }

    /* A frame has shown something: a form takes the focus; a value has been saved. */
    settle({ target: frame }) {
        if (!frame.matches(OPEN)) return;
        const field = frame.querySelector(
            "form :is(input:not([type=hidden], .combo__chip *), select, textarea)",
        );
        if (field) {
            field.focus();
            if (field.matches("input:not([type=checkbox]), textarea")) field.select();
            return;
        }
        const link = frame.querySelector("a[data-cell]");
        const parts = [...frame.childNodes];
        frame.replaceWith(...parts);
        link?.focus();
        document.getElementById("said")?.replaceChildren("Saved");
        if (link && !link.closest("td"))
            renderStreamMessage(`<turbo-stream action="refresh"></turbo-stream>`);
    }

    /* RULE 3. */
    elsewhere(event) {
        if (!event.target.matches(OPEN)) return;
        event.preventDefault();
        event.detail.visit(event.detail.response);
    }

    key(event) {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        if (event.target.closest(OPEN)) this.cancel(event);
    }

    cancel(event) {
        const frame = event.target.closest(OPEN);
        if (!frame) return;
        event.preventDefault();
        event.stopPropagation();
        this.restore(frame, true);
    }

    restore(frame, focus) {
        const cell = this.before.get(frame);
        if (!cell) return;
        frame.replaceWith(cell);
        if (focus) (cell.matches("a") ? cell : cell.querySelector("a[data-cell]")).focus();
    }

    /* RULE 2. Without a new element the old one is to be taken away. */
    keep(event) {
        const { target, detail } = event;
        const goes = !detail.newElement && target.querySelector?.(OPEN);
        const holds = [...target.children].some((child) => child.matches(OPEN));
        if (goes || holds || target.matches(OPEN)) event.preventDefault();
    }
}

/* RULE 5. */
function offerAll(body) {
    for (const table of body.querySelectorAll("table[data-edits]")) {
        const fields = [...table.tHead.rows[0].cells].map((head) => head.dataset.field);
        const pencil = table.closest(".data").querySelector("template[data-pencil]").content;
        for (const row of table.querySelectorAll(".data__row")) {
            const id = row.id.slice(row.id.lastIndexOf("-") + 1);
            fields.forEach((field, at) => {
                if (field) offer(row.cells[at], table.dataset.edits, id, field, pencil);
            });
        }
    }
}

/* A value with links has one more beside, any other is the link itself. */
function offer(place, edits, id, field, pencil) {
    if (place.querySelector("[data-cell], turbo-frame")) return;
    const beside = place.querySelector("a, .cell__html") !== null;
    const link = document.createElement("a");
    const said = document.createElement("span");
    link.href = `${edits}/${id}/fields/${field}?list=1`;
    link.dataset.cell = `cell-${id}-${field}`;
    said.className = "sr";
    if (beside) {
        const cell = document.createElement("span");
        cell.className = "cell cell--beside";
        link.className = "cell__edit";
        said.textContent = `Edit ${place.dataset.label}`;
        link.append(pencil.cloneNode(true), said);
        cell.append(...place.childNodes, link);
        place.append(cell);
    } else {
        link.className = "cell";
        said.textContent = `, edit ${place.dataset.label}`;
        link.append(...place.childNodes, said, pencil.cloneNode(true));
        place.append(link);
    }
}

function isTyped(frame) {
    return [...frame.querySelectorAll("input, textarea, select")].some((field) =>
        field.options
            ? [...field.options].some((o) => o.selected !== o.defaultSelected)
            : field.value !== field.defaultValue || field.checked !== field.defaultChecked,
    );
}
