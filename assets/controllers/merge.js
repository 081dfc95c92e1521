/*
 * merge: shows what two records will be as one, as it is chosen field by field.
 *
 * RULES
 *  1. Each field stands in the preview with the value that is chosen, or with both where both
 *     stay.
 *
 * Markup: shared_merge_page: targets row (with [data-merge-value] around each value) and facts.
 */
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
    static targets = ["row", "facts"];

    connect() {
        this.show();
    }

    all({ params: { side } }) {
        for (const box of this.element.querySelectorAll(`input[value=${side}]`)) box.checked = true;
        this.show();
    }

    show() {
        this.factsTarget.replaceChildren(...this.rowTargets.flatMap((row) => this.fact(row)));
    }

    fact(row) {
        const term = document.createElement("dt");
        const value = document.createElement("dd");
        const side = row.querySelector("input:checked")?.value ?? "left";
        term.textContent = row.querySelector(".merge__label").textContent;
        const sides = side === "both" ? ["left", "right"] : [side];
        for (const one of sides) {
            const shown = row.querySelector(`[data-merge-value=${one}]`);
            if (value.childNodes.length) value.append(", ");
            value.append(...[...shown.childNodes].map((node) => node.cloneNode(true)));
        }
        return [term, value];
    }
}
