/*
 * board: moves cards of a board by mouse, finger and keyboard, and tells the server.
 *
 * RULES
 *  1. A card goes where it is dropped, or by Alt and an arrow key, or by its menu, which opens where
 *     the link to its form stands; each sends one PATCH with the column, the neighbours and the
 *     revision that the page shows.
 *  2. What the server refuses goes back to where it was, with a message that says why.
 *  3. Each move is told to those who hear the page, and the focus stays on the card.
 *  4. While a card is dragged or sent, or its menu is open, a page that is brought up to date leaves
 *     the board alone; it is brought up to date after that.
 *  5. Without the script for dragging (it failed to load), the keys and the menu work.
 *
 * Markup: shared_board. The protocol is told in view/boards.h.
 */
import { Controller } from "@hotwired/stimulus";
import { fetch, renderStreamMessage } from "@hotwired/turbo";

const TOUCH_HOLD_MS = 180; /* before that a finger scrolls */
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export default class extends Controller {
    static targets = ["lane", "list", "status", "flash", "menu"];
    static values = { field: String, script: String, moved: String, refused: String };

    connect() {
        this.busy = 0;
        this.sortables = new Map();
        this.load();
    }

    disconnect() {
        for (const sortable of this.sortables.values()) sortable.destroy();
        this.sortables.clear();
    }

    async load() {
        if (!this.element.querySelector("[data-move]")) return;
        const { default: Sortable } = await import(this.scriptValue).catch(() => ({}));
        if (!Sortable || !this.element.isConnected) return;
        this.Sortable = Sortable;
        for (const list of this.listTargets) this.arm(list);
    }

    listTargetConnected(list) {
        if (this.Sortable) this.arm(list);
    }

    arm(list) {
        if (this.sortables.has(list)) return;
        const sortable = new this.Sortable(list, {
            group: this.element.id,
            draggable: ".kard",
            filter: ".kard:not([data-move]), .kard__menu",
            preventOnFilter: false,
            forceFallback: true,
            fallbackOnBody: true,
            fallbackTolerance: 4,
            fallbackClass: "kard--held",
            ghostClass: "kard--place",
            animation: 140,
            delay: TOUCH_HOLD_MS,
            delayOnTouchOnly: true,
            touchStartThreshold: 4,
            emptyInsertThreshold: 24,
            scroll: true,
            bubbleScroll: true,
            onStart: ({ item }) => {
                this.busy++;
                this.from = place(item);
                this.element.classList.add("board--dragging");
            },
            onEnd: ({ item }) => {
                this.element.classList.remove("board--dragging");
                this.send(item, this.from).finally(() => this.rest());
            },
        });
        this.sortables.set(list, sortable);
    }

    key(event) {
        const step = event.altKey && !event.ctrlKey && !event.metaKey && ARROWS[event.key];
        const card = event.target.closest(".kard[data-move]");
        if (!step || !card) return;
        event.preventDefault();
        const [across, down] = step;
        const from = place(card);
        if (down) this.step(card, down);
        else if (!this.cross(card, across)) return;
        if (same(from, place(card))) return;
        event.target.focus();
        this.busy++;
        this.send(card, from).finally(() => this.rest());
    }

    step(card, down) {
        const other = down < 0 ? card.previousElementSibling : card.nextElementSibling;
        if (!other) return;
        if (down < 0) other.before(card);
        else other.after(card);
    }

    cross(card, across) {
        const lists = this.listTargets;
        const to = lists[lists.indexOf(card.parentElement) + across];
        if (!to) return false;
        const at = [...card.parentElement.children].indexOf(card);
        to.insertBefore(card, to.children[at] ?? null);
        card.scrollIntoView({ block: "nearest", inline: "nearest" });
        return true;
    }

    open(event) {
        const link = event.target.closest("a.kard__menu");
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        event.stopPropagation(); /* a click beside a menu closes it */
        const menu = this.menuTarget.content.firstElementChild.cloneNode(true);
        const select = menu.querySelector("select");
        const words = link.textContent.trim();
        menu.querySelector("summary > .sr").textContent = words;
        select.setAttribute("aria-label", words);
        select.value = link.closest(".lane").dataset.value;
        menu.addEventListener("toggle", () => menu.open || this.shut(menu, link));
        link.replaceWith(menu);
        select.focus();
        this.busy++;
    }

    shut(menu, link) {
        const held = menu.contains(document.activeElement);
        menu.replaceWith(link);
        if (held) link.focus();
        this.rest();
    }

    /* The card's menu: to the top of another column. */
    choose(event) {
        const card = event.target.closest(".kard[data-move]");
        if (!card || !event.target.closest(".kard__move")) return;
        event.preventDefault();
        event.stopPropagation();
        const value = event.target.elements[this.fieldValue].value;
        const lane = this.laneTargets.find((one) => one.dataset.value === value);
        const from = place(card);
        card.querySelector("details").open = false;
        if (!lane || lane.contains(card)) return;
        lane.querySelector(".lane__cards").prepend(card);
        card.querySelector(".kard__title").focus();
        this.busy++;
        this.send(card, from).finally(() => this.rest());
    }

    async send(card, from) {
        const to = place(card);
        if (same(from, to)) return;
        this.count(from.list, -1);
        this.count(to.list, 1);
        const lane = to.list.closest(".lane");
        const body = new URLSearchParams({
            [this.fieldValue]: lane.dataset.value,
            before: to.next?.dataset.id ?? "",
            after: card.previousElementSibling?.dataset.id ?? "",
            revision: card.dataset.revision,
        });
        const headers = {
            Accept: "text/vnd.turbo-stream.html, application/json",
            "X-CSRF-Token": document.querySelector("meta[name=csrf-token]")?.content ?? "",
        };
        if (card.dataset.revision) headers["If-Match"] = `"${card.dataset.revision}"`;
        const how = { method: "PATCH", body, headers };
        const answer = await fetch(card.dataset.move, how).catch(() => null);
        if (answer?.ok) await this.accept(card, answer);
        else await this.refuse(card, from, answer);
    }

    async accept(card, answer) {
        const revision = answer.headers.get("ETag")?.replace(/^W\/|"/g, "");
        if (revision) card.dataset.revision = revision;
        const lists = [...card.parentElement.children];
        this.say(this.movedValue, card, {
            column: title(card.closest(".lane")),
            n: lists.indexOf(card) + 1,
            m: lists.length,
        });
        const type = answer.headers.get("Content-Type") ?? "";
        if (type.startsWith("text/vnd.turbo-stream")) renderStreamMessage(await answer.text());
        else this.missed = true;
    }

    async refuse(card, from, answer) {
        if (from.list.isConnected) {
            this.count(card.parentElement, -1);
            this.count(from.list, 1);
            const held = card.contains(document.activeElement) && document.activeElement;
            from.list.insertBefore(card, from.next?.parentElement === from.list ? from.next : null);
            if (held) held.focus();
        }
        const why = await reason(answer);
        this.say(`${this.refusedValue} ${why}`, card);
        this.flash(this.statusTarget.textContent);
        if (answer?.status === 409 || answer?.status === 412) this.missed = true;
    }

    count(list, by) {
        const n = list.closest(".lane").querySelector("[data-lane-n]");
        n.textContent = Number(n.textContent) + by;
    }

    rest() {
        this.busy--;
        if (this.busy || !this.missed) return;
        this.missed = false;
        renderStreamMessage(`<turbo-stream action="refresh"></turbo-stream>`);
    }

    keep(event) {
        if (!this.busy || event.target !== this.element) return;
        event.preventDefault();
        this.missed = true;
    }

    flash(words) {
        const box = this.flashTarget.content.firstElementChild.cloneNode(true);
        box.querySelector("p").textContent = words;
        document.getElementById("flashes")?.append(box);
    }

    say(words, card, more = {}) {
        const all = { card: name(card), ...more };
        this.statusTarget.textContent = words.replace(/\{(\w+)\}/g, (_, key) => all[key] ?? "");
    }
}

function place(card) {
    return { list: card.parentElement, next: card.nextElementSibling };
}

function same(a, b) {
    return a.list === b.list && a.next === b.next;
}

function name(card) {
    return card.querySelector(".kard__title").textContent.trim();
}

function title(lane) {
    return lane.querySelector("[data-lane-title]").textContent.trim();
}

async function reason(answer) {
    if (!answer) return "The hub cannot be reached.";
    const problem = await answer.json().catch(() => null);
    return problem?.detail ?? problem?.title ?? "";
}
