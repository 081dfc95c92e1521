/*
 * bulk: many rows of a table at once: counts what is checked, and shows the bar of acts by it.
 *
 * RULES
 *  1. The bar is there while something is checked, and its number is told to those who hear it.
 *  2. A page that is brought up to date keeps what is checked, and the bar with it.
 *  3. With Shift, all rows between the last one and this one become as this one.
 *
 * Markup: targets all (the box in the head), one (a box a row), bar (the form), count, matching.
 */
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
    static targets = ["all", "one", "bar", "count", "matching"];

    connect() {
        this.shift = ({ shiftKey }) => (this.held = shiftKey);
        this.show = this.show.bind(this);
        this.count = this.count.bind(this);
        this.keep = this.keep.bind(this);
        this.element.addEventListener("click", this.shift, true);
        this.element.addEventListener("change", this.count);
        this.element.addEventListener("turbo:before-morph-element", this.keep);
        addEventListener("turbo:morph", this.show);
        this.show();
    }

    disconnect() {
        this.element.removeEventListener("click", this.shift, true);
        this.element.removeEventListener("change", this.count);
        this.element.removeEventListener("turbo:before-morph-element", this.keep);
        removeEventListener("turbo:morph", this.show);
    }

    count({ target }) {
        if (this.hasAllTarget && target === this.allTarget) {
            for (const box of this.oneTargets) box.checked = target.checked;
        } else if (this.oneTargets.includes(target)) {
            this.range(target);
            this.last = target;
        }
        this.show();
    }

    range(box) {
        const all = this.oneTargets;
        const from = all.indexOf(this.last);
        const to = all.indexOf(box);
        if (!this.held || from < 0) return;
        for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) {
            one.checked = box.checked;
        }
    }

    clear() {
        for (const box of this.oneTargets) box.checked = false;
        if (this.hasMatchingTarget) this.matchingTarget.checked = false;
        this.show();
        this.allTarget.focus();
    }

    show() {
        if (!this.hasBarTarget) return;
        const n = this.oneTargets.filter((box) => box.checked).length;
        this.barTarget.classList.toggle("bulk--on", n > 0);
        if (this.countTarget.textContent !== `${n}`) {
            this.countTarget.textContent = `${n}`;
            const words = this.countTarget.parentElement.textContent;
            document.getElementById("said")?.replaceChildren(words);
        }
        this.allTarget.checked = n > 0 && n === this.oneTargets.length;
        this.allTarget.indeterminate = n > 0 && n < this.oneTargets.length;
    }

    keep(event) {
        const bar = this.hasBarTarget && this.barTarget;
        if (event.target === bar && bar.classList.contains("bulk--on")) event.preventDefault();
    }
}
