// Airflow's own choices of theme and language, and links that lead out of its sandboxed frame.
const root = document.currentScript.dataset.root;
const theme = () => {
  const chosen = localStorage.getItem("theme");
  document.documentElement.dataset.theme = chosen === "light" || chosen === "dark" ? chosen : "system";
};
const cookie = (value) => document.cookie.split("; ").includes(`kontur_language=${value}`);
const language = () => {
  const chosen = (localStorage.getItem("i18nextLng") || "").slice(0, 2);
  if (!["ru", "en"].includes(chosen) || cookie(chosen)) return;
  document.cookie = `kontur_language=${chosen}; path=${root || ""}/kontur; SameSite=Lax; max-age=31536000`;
  if (cookie(chosen)) location.reload();
};
theme();
language();
addEventListener("storage", () => { theme(); language(); });
addEventListener("click", (event) => {
  const link = event.target.closest("a[data-airflow], a[data-out]");
  if (!link || parent === window || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if ("airflow" in link.dataset) {
    parent.history.pushState({}, "", link.href);
    parent.dispatchEvent(new PopStateEvent("popstate"));
    return;
  }
  const out = parent.document.createElement("a");
  Object.assign(out, { href: link.href, target: "_blank", rel: "noopener" });
  parent.document.body.append(out);
  out.click();
  out.remove();
});
addEventListener("change", ({ target }) => {
  for (const box of document.getElementsByName(target.dataset.all ?? "")) box.checked = target.checked;
});
// A form is sent once, however often the button is pressed; back from the cache it can be sent again.
addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post") event.target.dataset.sent = "1";
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));
