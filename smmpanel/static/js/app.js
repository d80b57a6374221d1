// Comforts only: every page works without this file.
const { body, documentElement: root } = document;
const words = body.dataset;
const on = (...args) => document.addEventListener(...args);
const find = (selector, inside = document) => inside.querySelector(selector);

// Cookies: the reader's zone and theme, for the server.
const terms = `path=/;max-age=31536000;samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
const keep = (name, value) => { document.cookie = `${name}=${value};${terms}`; };
keep("tz", Intl.DateTimeFormat().resolvedOptions().timeZone);

const acts = {
  theme() {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    keep("theme", root.dataset.theme);
  },
  async copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    find("span", button).textContent = words.copied;
  },
  dismiss(button) {
    button.closest(".note").remove();
    find("main").focus();
  },
};
on("click", ({ target }) => {
  const menu = find(".account[open]");
  if (menu && !menu.contains(target)) menu.open = false;
  const button = target.closest("[data-act]");
  if (button) acts[button.dataset.act](button);
});

// Lists say how many lines they hold.
on("input", ({ target }) => {
  const count = find(`[data-counts="${target.id}"]`);
  if (count) count.textContent = target.value.split("\n").filter((line) => line.trim()).length;
});

// One press, one request. A disabled button would not send its name and value.
const busy = new Map();
const release = (form) => {
  if (!busy.has(form)) return;
  const [button, label] = busy.get(form);
  button.replaceChildren(...label);
  button.removeAttribute("aria-busy");
  busy.delete(form);
};
on("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (form.method !== "post" || !button) return;
  if (busy.has(form)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  busy.set(form, [button, [...button.childNodes]]);
  button.setAttribute("aria-busy", "true");
  button.replaceChildren(words.sending);
}, true);
addEventListener("pageshow", () => busy.forEach((_, form) => release(form)));

// htmx: hidden tabs do not ask, failures are said, focus is never lost.
const isPoll = (ctx) => ctx.sourceEvent?.type === "every";
const warn = (text) => {
  const note = find("#failure");
  note.textContent = text;
  note.hidden = false;
};
const fail = ({ detail: { ctx, error } }) => {
  const isReplaced = error?.name === "AbortError"; // by a newer request
  if (!ctx || isReplaced || ctx.response?.status === 422) return;
  warn(isPoll(ctx) ? words.stale : words.failed);
};
on("htmx:error", fail);
on("htmx:response:error", fail);
on("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (document.hidden && isPoll(ctx)) event.preventDefault();
  ctx.request.signal = AbortSignal.any([ctx.request.signal, AbortSignal.timeout(15000)]);
});
// Logged out: the log-in leads back here, but only what is sent comes back with it.
const isTyped = ({ value, defaultValue }) => value !== defaultValue;
on("htmx:before:response", (event) => {
  if (!event.detail.ctx.response.raw.url.includes(words.login)) return;
  event.preventDefault();
  const fields = document.querySelectorAll("[method=post] :is(input, textarea)");
  if ([...fields].some(isTyped)) warn(words.ended);
  else location.reload();
});
// A swap leaves the reader where he was: his focus, what he opened, and what he has heard.
const said = (place) => find("[data-announce]", place)?.dataset.announce;
on("htmx:before:swap", ({ detail: { ctx } }) => {
  const { target } = ctx;
  ctx.left = {
    hadFocus: target.contains(document.activeElement),
    opened: [...target.querySelectorAll("details[open] > summary[id]")].map(({ id }) => id),
    said: said(target),
  };
});
on("htmx:after:swap", ({ detail: { ctx } }) => {
  find("#failure").hidden ||= ctx.response.raw.ok;
  const { hadFocus, opened, said: before } = ctx.left;
  const place = find(`[id="${ctx.target.id}"]`) || find("main");
  for (const id of opened) find(`[id="${id}"]`, place)?.parentElement.setAttribute("open", "");
  const news = said(place);
  if (news && !(isPoll(ctx) && news === before)) find("#say").textContent = news;
  if (!hadFocus || document.activeElement !== body) return;
  const goal = find("[autofocus], h1, h2", place) || place;
  if (goal.tabIndex < 0) goal.tabIndex = -1;
  goal.focus({ preventScroll: true });
});
on("htmx:finally:request", ({ detail: { ctx } }) => release(ctx.request.form));

// Shortcuts: [data-key] names the keys; "?" lists them, with a switch.
const power = find("#shortcuts-on");
power.checked = !localStorage.mute;
power.onchange = () => { localStorage.mute = power.checked ? "" : "yes"; };
let last = "";
on("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const isTyping = target.closest("input, select, textarea, [popover]");
  if (!power.checked || isTyping || ctrlKey || metaKey || altKey) return;
  const goal = find(`[data-key="${CSS.escape(last === "g" ? last + key : key)}"]`);
  last = key;
  if (!goal) return;
  event.preventDefault();
  goal.focus();
  if (!goal.matches("input")) goal.click();
});
