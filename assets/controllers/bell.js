/*
 * bell: the number on the bell, on all open pages of one person.
 *
 * Markup: <a data-controller="bell" data-bell-url-value="/notifications/bell"
 *            data-action="ring@document->bell#ring">
 * The stream says only that the number is another one (turbo.js makes a "ring" event of it); the
 * answer of the address is a Turbo Stream with the number, and words for those who hear the page.
 *
 * WHY a moment's wait: several things that happen at once are asked for once, and pages of very
 * many people do not all ask in the same instant.
 */
import { Controller } from "@hotwired/stimulus";
import { renderStreamMessage } from "@hotwired/turbo";

const SOON_MS = 30;
const SPREAD_MS = 200;

export default class extends Controller {
    static values = { url: String };

    disconnect() {
        clearTimeout(this.soon);
    }

    ring() {
        clearTimeout(this.soon);
        this.soon = setTimeout(() => this.ask(), SOON_MS + Math.random() * SPREAD_MS);
    }

    async ask() {
        const headers = { Accept: "text/vnd.turbo-stream.html" };
        const response = await fetch(this.urlValue, { headers }).catch(() => null);
        if (response?.ok) renderStreamMessage(await response.text());
    }
}
