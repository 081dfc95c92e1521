/*
 * flash: takes a message away after a while, or at once when asked.
 *
 * RULES
 *  1. An error stays until it is dismissed.
 *  2. The time does not run while the pointer or the focus is on the message.
 *
 * Markup: <div class="flash" role="status" data-controller="flash">; a button inside with
 * data-action="flash#dismiss". data-flash-stay-value="true" keeps it.
 */
import { Controller } from "@hotwired/stimulus";

const SHOWN_MS = 8000;

export default class extends Controller {
    static values = { stay: Boolean };

    connect() {
        if (this.stayValue || this.element.classList.contains("flash--bad")) return;
        this.run = () => {
            clearTimeout(this.timer);
            this.timer = setTimeout(() => this.dismiss(), SHOWN_MS);
        };
        this.hold = () => clearTimeout(this.timer);
        this.element.addEventListener("pointerenter", this.hold);
        this.element.addEventListener("focusin", this.hold);
        this.element.addEventListener("pointerleave", this.run);
        this.element.addEventListener("focusout", this.run);
        this.run();
    }

    disconnect() {
        clearTimeout(this.timer);
    }

    dismiss() {
        this.element.remove();
    }
}
