/*
 * reorder: rows of a list into another order, by mouse and finger.
 *
 * Markup: a list with data-controller="reorder" and rows as targets `item`, each with data-path,
 * where its new place is sent, and data-name; [data-reorder-status] before it says what happened.
 *
 * RULES
 *  1. A row that is dropped is sent with its place; what is refused goes back to where it was.
 *  2. Without this script, or without the one for dragging, the buttons of the rows work.
 */
import { Controller } from "@hotwired/stimulus";
import { fetch } from "@hotwired/turbo";

const TOUCH_HOLD_MS = 180; /* before that a finger scrolls */

export default class extends Controller {
    static targets = ["item"];
    static values = { script: String, moved: String, refused: String };

    async connect() {
        const { default: Sortable } = await import(this.scriptValue).catch(() => ({}));
        if (!Sortable || !this.element.isConnected) return;
        this.sortable = new Sortable(this.element, {
            handle: "[data-reorder-grip]",
            forceFallback: true,
            fallbackTolerance: 4,
            animation: 140,
            delay: TOUCH_HOLD_MS,
            delayOnTouchOnly: true,
            onEnd: ({ item, oldIndex, newIndex }) => this.send(item, oldIndex, newIndex),
        });
        this.element.dataset.reorderReady = "";
    }

    disconnect() {
        this.sortable?.destroy();
    }

    async send(item, from, to) {
        if (from === to) return;
        const headers = {
            Accept: "application/json",
            "X-CSRF-Token": document.querySelector("meta[name=csrf-token]")?.content ?? "",
        };
        const body = new URLSearchParams({ place: to + 1 });
        const how = { method: "POST", body, headers };
        const answer = await fetch(item.dataset.path, how).catch(() => null);
        if (!answer?.ok) {
            item.remove();
            this.element.insertBefore(item, this.element.children[from] ?? null);
        }
        this.say(answer?.ok ? this.movedValue : this.refusedValue, item, to);
    }

    say(text, item, to) {
        const said = text
            .replace("{name}", item.dataset.name)
            .replace("{n}", to + 1)
            .replace("{m}", this.itemTargets.length);
        document.querySelector("[data-reorder-status]").textContent = said;
    }
}
