/*
 * app.js: the one script of every page. Starts Turbo and registers the controllers.
 *
 * RULES
 *  1. Every page works without this file; it only makes pages quicker and livelier.
 *  2. A controller is registered because its file is in controllers/ (or in a feature's folder,
 *     as src/features/<name>/<behaviour>.js): `relative_time.js` becomes `relative-time`.
 *
 * WHY  "controllers" is a module that the build makes from those folders; nothing is listed here.
 */
import { Application } from "@hotwired/stimulus";
import "./turbo.js";
import controllers from "controllers";

document.documentElement.classList.add("js");

const application = Application.start();

for (const [name, controller] of Object.entries(controllers)) {
    application.register(name, controller);
}
