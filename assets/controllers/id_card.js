/*
 * id-card: the essentials of what a link leads to, shown as one hovers or focuses it.
 *
 * RULES
 *  1. It shows a moment after a link with data-card is hovered, focused by the keyboard, or pressed
 *     long by a finger; nothing is asked for if the link is left before.
 *  2. Escape puts it away; so does leaving link and card; the pointer may go into the card, and Tab
 *     goes from the link into it and out again.
 *  3. An answer is good for a minute, unless something is sent from here, such as what a card
 *     offers; one that is not there shows nothing.
 *  4. The link says whether its card is shown (aria-expanded), and the focus is never moved.
 *
 * Markup: <body data-controller="id-card">, once for all links of the page that lead to a record;
 * one that is not told by its address says where its card is:
 * <a href="/people/12" data-card="/cards/12">; the address answers with shared_id_card.
 *
 * WHY it stands behind its link: so the keyboard reaches it in order. It is a popover, whose layer
 * no table that scrolls cuts off. Its place is set through the style object, which the policy
 * allows.
 */
import { Controller } from "@hotwired/stimulus";

const WAIT_MS = 150;
const LEAVE_MS = 220;
const PRESS_MS = 480;
const GOOD_MS = 60000;
const GAP = 6;
const EDGE = 8;

/* When something was last sent: what the browser has kept may say what is over. It outlives the
 * controller, which goes with each page. */
let sent = -GOOD_MS;

export default class extends Controller {
    connect() {
        if (!HTMLElement.prototype.showPopover) return;
        this.answers = new Map();
        this.heard = [
            ["pointerover", (event) => this.over(event)],
            ["pointerout", (event) => this.out(event)],
            ["focusin", (event) => this.focus(event)],
            ["focusout", (event) => this.blur(event)],
            ["pointerdown", (event) => this.down(event)],
            ["pointerup", () => this.lift()],
            ["pointercancel", () => this.lift()],
            ["pointermove", (event) => this.moved(event)],
            ["contextmenu", (event) => this.pressed && event.preventDefault()],
            ["click", (event) => this.click(event)],
            ["keydown", (event) => this.key(event)],
            ["scroll", (event) => this.scrolled(event)],
            ["turbo:before-render", () => this.hide()],
            ["turbo:before-cache", () => this.hide()],
            ["turbo:submit-end", () => this.forget()],
            ["turbo:before-morph-element", (event) => this.keep(event)],
        ];
        for (const [name, run] of this.heard) document.addEventListener(name, run, true);
    }

    disconnect() {
        for (const [name, run] of this.heard ?? []) document.removeEventListener(name, run, true);
        this.hide();
    }

    /* ---- what opens it ---- */

    over(event) {
        if (event.pointerType === "touch") return;
        if (this.card?.contains(event.target)) return clearTimeout(this.leaving);
        const link = linkOf(event.target);
        if (!link) return;
        if (link === this.link) clearTimeout(this.leaving);
        else this.soon(link, WAIT_MS);
    }

    focus({ target }) {
        if (this.card?.contains(target)) return clearTimeout(this.leaving);
        const link = linkOf(target);
        if (link && link.matches(":focus-visible") && link !== this.link) this.soon(link, WAIT_MS);
    }

    down(event) {
        this.pressed = false;
        if (!this.card?.contains(event.target)) this.hide();
        const link = event.pointerType === "touch" && linkOf(event.target);
        if (!link) return;
        this.at = [event.clientX, event.clientY];
        this.pressing = setTimeout(() => {
            this.pressed = true;
            this.show(link);
        }, PRESS_MS);
    }

    moved({ clientX, clientY }) {
        if (!this.pressing) return;
        if (Math.hypot(clientX - this.at[0], clientY - this.at[1]) > 8) this.lift();
    }

    lift() {
        clearTimeout(this.pressing);
        this.pressing = null;
    }

    /* A long press is not a click. */
    click(event) {
        if (!this.pressed || !linkOf(event.target)) return;
        event.preventDefault();
        event.stopPropagation();
        this.pressed = false;
    }

    soon(link, wait) {
        this.cancel();
        this.next = link;
        this.timer = setTimeout(() => this.show(link), wait);
    }

    cancel() {
        clearTimeout(this.timer);
        this.asking?.abort();
        this.asking = null;
        this.next = null;
    }

    /* ---- what closes it ---- */

    out(event) {
        if (event.pointerType === "touch") return;
        const to = event.relatedTarget;
        const left = this.next && linkOf(event.target) === this.next && !this.next.contains(to);
        if (left) this.cancel();
        if (this.link && !this.inside(to) && this.inside(event.target)) this.leave();
    }

    blur({ target, relatedTarget }) {
        if (this.next && linkOf(target) === this.next) this.cancel();
        if (this.link && this.inside(target) && !this.inside(relatedTarget)) this.leave();
    }

    inside(node) {
        return node instanceof Node && (this.link?.contains(node) || this.card?.contains(node));
    }

    leave() {
        clearTimeout(this.leaving);
        this.leaving = setTimeout(() => {
            const held = this.inside(document.activeElement) && this.link.matches(":focus-visible");
            if (!held) this.hide();
        }, LEAVE_MS);
    }

    key(event) {
        if (event.key !== "Escape" || !this.card) return;
        if (this.card.contains(document.activeElement)) this.link.focus();
        this.hide();
        event.preventDefault();
        event.stopPropagation();
    }

    scrolled({ target }) {
        if (!this.card || this.card.contains(target)) return;
        const box = this.link.getBoundingClientRect();
        if (Math.abs(box.top - this.top) > 24 || Math.abs(box.left - this.left) > 24) this.hide();
    }

    hide() {
        this.cancel();
        clearTimeout(this.leaving);
        this.card?.remove();
        this.link?.removeAttribute("aria-expanded");
        this.card = this.link = null;
    }

    /* The page is brought up to date: what stands here is not in the new one. */
    keep(event) {
        if (this.card && event.target === this.card) event.preventDefault();
    }

    /* ---- the card ---- */

    async show(link) {
        this.cancel();
        const html = await this.read(cardOf(link));
        if (!html || !link.isConnected) return;
        this.hide();
        const card = document.createElement("div");
        card.className = "id-pop";
        card.popover = "manual";
        card.setAttribute("role", "group");
        card.setAttribute("aria-label", link.textContent.trim());
        card.innerHTML = html;
        link.after(card);
        card.showPopover();
        this.card = card;
        this.link = link;
        link.setAttribute("aria-expanded", "true");
        this.place(card, link);
    }

    forget() {
        sent = performance.now();
        this.answers.clear();
    }

    async read(address) {
        const known = this.answers.get(address);
        if (known && Date.now() - known.at < GOOD_MS) return known.html;
        const asking = (this.asking = new AbortController());
        try {
            const answer = await fetch(address, {
                signal: asking.signal,
                headers: { Accept: "text/html" },
                cache: performance.now() - sent < GOOD_MS ? "reload" : "default",
            });
            const html = answer.ok && !answer.redirected ? await answer.text() : "";
            if (asking.signal.aborted) return "";
            this.answers.set(address, { at: Date.now(), html });
            return html;
        } catch {
            return "";
        }
    }

    /* Below the link, or above it where there is more room; never over an edge. */
    place(card, link) {
        const at = link.getClientRects()[0] ?? link.getBoundingClientRect();
        const { offsetWidth: width, offsetHeight: height } = card;
        const { clientWidth, clientHeight } = document.documentElement;
        const below = at.bottom + GAP + height <= clientHeight - EDGE;
        const above = at.top - GAP - height >= EDGE;
        const top = below || !above ? at.bottom + GAP : at.top - GAP - height;
        const left = Math.max(EDGE, Math.min(at.left, clientWidth - width - EDGE));
        card.style.top = `${Math.max(EDGE, Math.min(top, clientHeight - height - EDGE))}px`;
        card.style.left = `${left}px`;
        this.top = at.top;
        this.left = at.left;
    }
}

function linkOf(node) {
    const link = node instanceof Element ? node.closest("a[data-card], main a[href^='/']") : null;
    return link && cardOf(link) ? link : null;
}

/* A link says where its card is, or it leads to a record: /deals/12-kettles, /people/ada. */
function cardOf(link) {
    if (link.dataset.card) return link.dataset.card;
    if (link.closest(".id-pop, nav, .btn, .tabs")) return "";
    const { pathname, search } = link;
    const numbered = /^\/[a-z][a-z0-9-]*\/(\d+)(?:-[^/]*)?$/.exec(pathname);
    if (search || link.origin !== location.origin) return "";
    if (numbered) return `/cards/${numbered[1]}`;
    const named = /^\/(?:people|spaces)\/[a-z][a-z0-9_-]*$/.test(pathname);
    return named ? `/cards?path=${encodeURIComponent(pathname)}` : "";
}
