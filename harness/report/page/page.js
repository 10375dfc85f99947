// Starts the page: its colours, its pictures, its problems.

const THEMES = [["", "Auto", "as the system has them"], ["light", "Light", "light"], ["dark", "Dark", "dark"]];

function remembered() {
  try { return localStorage.getItem("theme") ?? ""; } catch { return ""; }
}

function colours(name) {
  const [theme, label, words] = THEMES.find((one) => one[0] === name) ?? THEMES[0];
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try { localStorage.setItem("theme", theme); } catch { /* a page from a file may not remember */ }
  const button = document.getElementById("theme");
  button.textContent = label;
  button.setAttribute("aria-label", `Colours: ${words}`);
  repaint();
}

function theming() {
  colours(remembered());
  document.getElementById("theme").addEventListener("click", () => {
    const now = THEMES.findIndex((one) => one[0] === (document.documentElement.dataset.theme ?? ""));
    colours(THEMES[(now + 1) % THEMES.length][0]);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

function copying() {
  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    });
  }
}

theming();
watch();
alternatives();
copying();
reader();
start().then(follow);
