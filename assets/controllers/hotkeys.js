/*
 * hotkeys: keys for the whole page: "/" to search, "?" for help, and "g" then a letter to go.
 *
 * RULES
 *  1. No key acts while something is being typed, or together with Ctrl, Alt or Meta.
 *  2. Whoever is disturbed by single keys can switch them off, and they stay off (WCAG 2.1.4).
 *
 * Markup: <body data-controller="hotkeys">. An element says its key itself:
 * data-hotkey="/" on a field focuses it, on a link or button presses it; data-hotkey="g i" is
 * g, then i. A checkbox with data-hotkeys-target="switch" turns them on and off.
 */
import { Controller } from "@hotwired/stimulus";

const STORE = "skep-hotkeys";
const SECOND_KEY_MS = 1200;

export default class extends Controller {
    static targets = ["switch"];

    connect() {
        this.press = this.press.bind(this);
        document.addEventListener("keydown", this.press);
    }

    disconnect() {
        document.removeEventListener("keydown", this.press);
    }

    switchTargetConnected(box) {
        box.checked = isOn();
        box.addEventListener("change", () => {
            localStorage.setItem(STORE, box.checked ? "on" : "off");
        });
    }

    press(event) {
        if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
        if (isTyping(event.target) || !isOn()) return;

        const recent = Date.now() - (this.at ?? 0) < SECOND_KEY_MS;
        const element = (recent && find(`${this.last} ${event.key}`)) || find(event.key);
        this.last = event.key;
        this.at = Date.now();
        if (!element) return;
        event.preventDefault();
        if (element.matches("input, textarea, select")) element.focus();
        else element.click();
    }
}

/* The first one that can be seen: the search field is hidden on phones, its link is not. */
function find(key) {
    const all = document.querySelectorAll(`[data-hotkey="${CSS.escape(key)}"]`);
    return [...all].find((element) => element.getClientRects().length > 0);
}

function isTyping(target) {
    return target.isContentEditable || target.matches?.("input, textarea, select");
}

function isOn() {
    return localStorage.getItem(STORE) !== "off";
}
