// Runs in the reader's browser: draws the plans that the page carries, each when it is first shown.
/* global drawPlan */
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => {
  document.documentElement.dataset.bsTheme = dark.matches ? 'dark' : 'light';
};
follow();
dark.addEventListener('change', follow);

for (const group of document.querySelectorAll('details.plans')) {
  const drawOnce = () => {
    if (!group.open) return;
    group.removeEventListener('toggle', drawOnce);
    for (const place of group.querySelectorAll('[data-plan]')) {
      const { source, query } = JSON.parse(document.getElementById(place.dataset.plan).textContent);
      drawPlan(place, source, query);
    }
  };
  group.addEventListener('toggle', drawOnce);
  drawOnce();
}
