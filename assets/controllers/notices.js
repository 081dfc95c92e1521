/*
 * notices: the open page of notifications: tells what was seen and read, and shows what comes.
 *
 * Markup: <div data-controller="notices" data-notices-read-value="/notifications/read"
 *              data-notices-seen-value="/notifications/seen" data-notices-newest-value="812"
 *              data-action="ring@document->notices#ring">
 * with seen and newest only when something was not seen yet; links of what was not read yet have
 * data-action="notices#open" and data-activities="812,809".
 *
 * RULES
 *  1. A page that nobody looks at (prefetched, in a hidden tab) tells nothing.
 */
import { Controller } from "@hotwired/stimulus";
import { renderStreamMessage } from "@hotwired/turbo";

const LOOK_MS = 500;
const SOON_MS = 150;

export default class extends Controller {
    static values = { read: String, seen: String, newest: String };

    connect() {
        this.look = this.look.bind(this);
        document.addEventListener("visibilitychange", this.look);
        this.look();
    }

    disconnect() {
        document.removeEventListener("visibilitychange", this.look);
        clearTimeout(this.looking);
        clearTimeout(this.soon);
    }

    newestValueChanged() {
        if (this.look) this.look();
    }

    look() {
        clearTimeout(this.looking);
        if (document.hidden || !this.newestValue || this.newestValue === this.told) return;
        if (document.documentElement.hasAttribute("data-turbo-preview")) return;
        this.looking = setTimeout(() => {
            this.told = this.newestValue;
            this.tell(this.seenValue, { activity: this.told });
        }, LOOK_MS);
    }

    open({ currentTarget }) {
        this.tell(this.readValue, { activities: currentTarget.dataset.activities });
    }

    ring() {
        clearTimeout(this.soon);
        this.soon = setTimeout(
            () => renderStreamMessage(`<turbo-stream action="refresh"></turbo-stream>`),
            SOON_MS,
        );
    }

    tell(url, fields) {
        const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
        const headers = { Accept: "application/json", "X-CSRF-Token": token };
        const body = new URLSearchParams(fields);
        fetch(url, { method: "PUT", headers, body, keepalive: true }).catch(() => {});
    }
}
