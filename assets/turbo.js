/*
 * turbo.js: Turbo, set up for our pages: strict CSP, morphing that keeps what people typed,
 * a confirm dialog of our own, and a word to screen readers when the page changes.
 *
 * RULES
 *  1. Nothing here adds a <style> or a style attribute.
 *  2. A morph never takes away typed text, a ticked box, an open <details> or an open <dialog>, nor
 *     what a lazy frame has fetched.
 *  3. A form that was accepted is cleared, so that rule 2 does not keep what was sent.
 *  4. The field of a new page that wants the focus gets it, and the console stays silent.
 *  5. A visit that another one overtakes is no error.
 *  6. What others changed while a page was on its way is fetched behind it.
 *
 * WHY  Turbo styles its progress bar by a <style>, which the CSP refuses with a line in the
 *      console; the build cuts that out, and base.css draws a bar from <html aria-busy> instead.
 *      So Turbo's own must never show. Its delay is the longest that setTimeout takes: Infinity
 *      would count as 0 and show it at once.
 * WHY  Both Turbo and the browser would follow an autofocus attribute, and the second of them would
 *      complain; so it is taken out before the page is shown, and followed here.
 * WHY  Turbo catches the abort of a request, but not of an answer whose body was still on its way.
 * WHY  Turbo forgets a refresh that comes during a visit, or shortly before one of our own making.
 */
import * as Turbo from "@hotwired/turbo";

const LONGEST_TIMEOUT = 2 ** 31 - 1;
const REFRESH_MS = 150; /* many changes at once are one refresh */

/* From the live stream: the number on the bell is another one. */
Turbo.StreamActions.ring = () => document.dispatchEvent(new CustomEvent("ring"));

let owed = null;

Turbo.StreamActions.refresh = function () {
    if (this.requestId && Turbo.session.recentRequests.has(this.requestId)) return;
    if (!owed) setTimeout(refresh, REFRESH_MS);
    const [method, scroll] = [this.getAttribute("method"), this.getAttribute("scroll")];
    owed = { url: this.baseURI, refresh: { method, scroll } };
};

Turbo.config.drive.progressBarDelay = LONGEST_TIMEOUT;
Turbo.config.forms.confirm = ask;

addEventListener("turbo:before-morph-element", (event) => {
    if (!isHeld(event.target)) return;
    event.preventDefault();
    describe(event.target, event.detail.newElement);
});

addEventListener("turbo:before-morph-element", (event) => {
    const fetched = event.target.matches?.("turbo-frame[loading=lazy][complete]");
    if (fetched && event.detail.newElement) event.preventDefault();
});

addEventListener("turbo:before-morph-attribute", (event) => {
    const opens = event.target.matches?.("details, dialog");
    if (opens && event.detail.attributeName === "open") event.preventDefault();
});

addEventListener("turbo:submit-end", ({ target, detail }) => {
    if (detail.success && detail.formSubmission.method !== "get") target.reset();
});

addEventListener("turbo:before-render", ({ detail }) => {
    const field = detail.newBody.querySelector("[autofocus]:not(dialog *)");
    if (!field) return;
    field.removeAttribute("autofocus");
    addEventListener("turbo:render", () => field.isConnected && field.focus(), { once: true });
});

addEventListener("unhandledrejection", (event) => {
    if (event.reason?.name === "AbortError") event.preventDefault();
});

addEventListener("turbo:load", announce);

function refresh() {
    if (["initialized", "started"].includes(Turbo.navigator.currentVisit?.state)) {
        setTimeout(refresh, REFRESH_MS);
        return;
    }
    const { url, ...how } = owed;
    owed = null;
    if (url === document.baseURI) {
        Turbo.visit(url, { action: "replace", shouldCacheSnapshot: false, ...how });
    }
}

function isHeld(element) {
    if (!element.matches?.("input, textarea, select")) return false;
    return element === document.activeElement || isChanged(element);
}

/* What was typed stays; what is said about it is new. */
function describe(held, fresh) {
    for (const name of fresh ? ["aria-invalid", "aria-describedby"] : []) {
        if (fresh.hasAttribute(name)) held.setAttribute(name, fresh.getAttribute(name));
        else held.removeAttribute(name);
    }
}

function isChanged(control) {
    if (control.type === "hidden") return false;
    if (control.type === "checkbox" || control.type === "radio") {
        return control.checked !== control.defaultChecked;
    }
    if (control.options) {
        return [...control.options].some((option) => option.selected !== option.defaultSelected);
    }
    return control.value !== control.defaultValue;
}

/* The dialog's words are the server's, translated: <template id="confirm">. */
function ask(message, form, submitter) {
    const template = document.getElementById("confirm");
    if (!template) return Promise.resolve(window.confirm(message));

    const dialog = template.content.firstElementChild.cloneNode(true);
    dialog.querySelector("[data-message]").textContent = message;
    const label = (submitter ?? form).dataset.confirmLabel;
    if (label) dialog.querySelector("[value=yes]").textContent = label;

    document.body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
        dialog.addEventListener("close", () => {
            dialog.remove();
            resolve(dialog.returnValue === "yes");
        });
    });
}

/* The first load speaks for itself; after that nobody tells a screen reader but us. */
let loads = 0;

function announce() {
    if (loads++ === 0) return;
    const region = document.createElement("p");
    region.className = "sr";
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
    setTimeout(() => (region.textContent = document.title), 100);
    setTimeout(() => region.remove(), 3000);
}
