/*
 * clipboard: copies an address or a text, and says so on the button for a moment.
 *
 * Markup: <a href="#c12" data-controller="clipboard" data-action="clipboard#copy"
 *            data-clipboard-done-value="Copied">Link</a>
 * A link copies its full address; anything else copies data-clipboard-text-value. The word to
 * change is in a [data-clipboard-target=label], or is the element's whole text.
 */
import { Controller } from "@hotwired/stimulus";

const SHOWN_MS = 1600;

export default class extends Controller {
    static targets = ["label"];
    static values = { text: String, done: { type: String, default: "Copied" } };

    async copy(event) {
        const text = this.textValue || this.element.href;
        if (!text || !navigator.clipboard) return;
        event.preventDefault();
        try {
            await navigator.clipboard.writeText(text);
        } catch {
            return;
        }
        const label = this.hasLabelTarget ? this.labelTarget : this.element;
        this.before ??= label.textContent;
        label.textContent = this.doneValue;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => (label.textContent = this.before), SHOWN_MS);
    }

    disconnect() {
        clearTimeout(this.timer);
    }
}
