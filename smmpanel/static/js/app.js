// Comforts only: every page works without this file. Its words are data attributes of <body>.
(() => {
  "use strict";
  const { body, documentElement: root } = document;
  const on = (name, act, early) => document.addEventListener(name, act, early);
  const find = (selector, inside = document) => inside.querySelector(selector);
  const say = (words) => { find("#say").textContent = words; };
  const keep = (name, value) => {
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax${secure}`;
  };

  // The server reads these cookies: dates in the reader's zone, the theme without a flash.
  keep("tz", Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
  const acts = {
    theme() {
      const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
      keep("theme", root.dataset.theme);
    },
    async copy(button) {
      await navigator.clipboard.writeText(button.dataset.copy);
      find("span", button).textContent = body.dataset.copied;
      say(body.dataset.copied);
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

  // One press, one request. The button is not disabled: its name and value must be sent.
  const busy = new Map();
  const release = (form) => {
    const [button, words] = busy.get(form) || [];
    button?.replaceChildren(...words);
    button?.removeAttribute("aria-busy");
    busy.delete(form);
  };
  on("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (form.method !== "post") return;
    if (busy.has(form)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    busy.set(form, button ? [button, [...button.childNodes]] : []);
    button?.setAttribute("aria-busy", "true");
    button?.replaceChildren(body.dataset.sending);
  }, true);
  addEventListener("pageshow", () => [...busy.keys()].forEach(release));

  // htmx: a hidden tab does not ask, a failure is said, focus never falls back to the body.
  const isPoll = (ctx) => ctx.sourceEvent?.type === "every";
  const fail = (ctx) => {
    const note = find("#failure");
    note.textContent = isPoll(ctx) ? body.dataset.stale : body.dataset.failed;
    note.hidden = false;
  };
  on("htmx:config:request", (event) => {
    if (document.hidden && isPoll(event.detail.ctx)) event.preventDefault();
  });
  on("htmx:before:response", (event) => {
    const { redirected, url } = event.detail.ctx.response.raw;
    if (!redirected || new URL(url).pathname !== body.dataset.login) return;
    event.preventDefault();
    location.reload(); // the session is over: the log-in page leads back to this address
  });
  on("htmx:response:error", ({ detail: { ctx } }) => ctx.response.status !== 422 && fail(ctx));
  on("htmx:error", ({ detail: { ctx } }) => ctx && fail(ctx));
  on("htmx:after:swap", ({ detail: { ctx } }) => {
    find("#failure").hidden = ctx.response.status < 400;
    const place = document.getElementById(ctx.target?.id) || find("main");
    const news = find("[data-announce]", place);
    if (news && !isPoll(ctx)) say(news.dataset.announce);
    if (document.activeElement !== body) return;
    const goal = find("[autofocus], h1, h2", place) || place;
    if (goal.tabIndex < 0) goal.tabIndex = -1;
    goal.focus({ preventScroll: true });
  });
  on("htmx:finally:request", ({ detail: { ctx } }) => release(ctx.request.form));

  // Shortcuts: [data-key] names the keys. They are listed on "?", where a switch turns them off.
  const power = find("#shortcuts-on");
  power.checked = localStorage.shortcuts !== "off";
  power.onchange = () => { localStorage.shortcuts = power.checked ? "on" : "off"; };
  let last = "";
  on("keydown", (event) => {
    const { key, target } = event;
    const menu = find(".account[open]");
    if (menu && key === "Escape") {
      menu.open = false;
      menu.firstElementChild.focus();
    }
    if (!power.checked || target.closest("input, select, textarea, [popover]")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const goal = find(`[data-key="${CSS.escape(last === "g" ? last + key : key)}"]`);
    last = key;
    if (!goal) return;
    event.preventDefault();
    goal.focus();
    if (!goal.matches("input")) goal.click();
  });
})();
