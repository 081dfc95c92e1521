/*
 * relative-time: keeps "5 minutes ago" true while the page stays open.
 *
 * RULES
 *  1. Only <time datetime> of the last 30 days is touched; class abs is never.
 *  2. The exact local time is the element's title.
 *
 * Markup: <body data-controller="relative-time">: one for the page, not one a time. The server
 * writes a text that is right when it is sent.
 */
import { Controller } from "@hotwired/stimulus";

const EVERY_MS = 30000;
const MONTH_S = 30 * 86400;
const UNITS = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
];

export default class extends Controller {
    connect() {
        const lang = document.documentElement.lang || "en";
        this.words = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
        this.exact = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short" });
        this.update = this.update.bind(this);
        this.timer = setInterval(this.update, EVERY_MS);
        addEventListener("turbo:render", this.update);
        addEventListener("turbo:frame-render", this.update);
        this.update();
    }

    disconnect() {
        clearInterval(this.timer);
        removeEventListener("turbo:render", this.update);
        removeEventListener("turbo:frame-render", this.update);
    }

    update() {
        const now = Date.now();
        for (const element of this.element.querySelectorAll("time[datetime]:not(.abs)")) {
            const at = Date.parse(element.dateTime);
            if (Number.isNaN(at)) continue;
            if (!element.title) element.title = this.exact.format(at);
            const seconds = (at - now) / 1000;
            if (Math.abs(seconds) < MONTH_S) this.write(element, seconds);
        }
    }

    write(element, seconds) {
        const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 60];
        const count = unit === "second" ? 0 : Math.trunc(seconds / size);
        const text = this.words.format(count, unit);
        if (element.textContent !== text) element.textContent = text;
    }
}
