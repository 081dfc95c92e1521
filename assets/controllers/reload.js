/*
 * reload: fetches a frame of the page again each second, as long as what it shows says that it is
 * live, and once more behind that.
 *
 * A hidden tab fetches nothing.
 *
 * Markup: <turbo-frame id="jobs" refresh="morph" data-controller="reload"
 *              data-reload-live-value="true">
 * and in it an element with data-live="true" or "false". Morphing keeps focus and what is open.
 */
import { Controller } from "@hotwired/stimulus";

const EVERY_MS = 1000;

export default class extends Controller {
    static values = { live: Boolean };

    connect() {
        this.timer = setInterval(() => this.look(), EVERY_MS);
    }

    disconnect() {
        clearInterval(this.timer);
    }

    look() {
        if (document.hidden || this.element.hasAttribute("busy") || !this.live) return;
        if (this.element.src) this.element.reload();
        else this.element.src = location.href;
    }

    get live() {
        const inner = this.element.querySelector("[data-live]");
        return inner ? inner.dataset.live === "true" : this.liveValue;
    }
}
