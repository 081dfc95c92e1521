/*
 * menu: makes a <details> behave as a menu: Escape and a click or focus outside close it.
 *
 * Markup: <details class="menu" data-controller="menu"><summary>...</summary>
 * Opening, and reaching the items by Tab, is the browser's; arrow keys are ours.
 */
import { Controller } from "@hotwired/stimulus";

const STEP = { ArrowDown: 1, ArrowUp: -1 };

export default class extends Controller {
    connect() {
        this.outside = ({ target }) => {
            if (this.element.open && !this.element.contains(target)) this.element.open = false;
        };
        this.key = this.key.bind(this);
        document.addEventListener("click", this.outside);
        document.addEventListener("focusin", this.outside);
        this.element.addEventListener("keydown", this.key);
    }

    disconnect() {
        document.removeEventListener("click", this.outside);
        document.removeEventListener("focusin", this.outside);
        this.element.removeEventListener("keydown", this.key);
        this.element.open = false;
    }

    key(event) {
        if (event.key === "Escape" && this.element.open) {
            this.element.open = false;
            this.element.querySelector("summary").focus();
            event.stopPropagation();
        } else if (event.key in STEP && !event.target.matches("input, textarea, select")) {
            event.preventDefault();
            this.move(STEP[event.key]);
        }
    }

    move(step) {
        this.element.open = true;
        const items = [...this.element.querySelectorAll("a, button, input, select")].filter(
            (item) => item.getClientRects().length > 0,
        );
        if (items.length === 0) return;
        const at = items.indexOf(document.activeElement);
        const next = at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step;
        items[(next + items.length) % items.length].focus();
    }
}
