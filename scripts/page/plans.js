// Runs in the reader's browser: draws the plans that the page carries, each when it is first shown.
import { Plan } from 'pev2';
import { createApp } from 'vue';
import 'bootstrap/dist/css/bootstrap.min.css';
import 'pev2/dist/pev2.css';

const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => {
  document.documentElement.dataset.bsTheme = dark.matches ? 'dark' : 'light';
};
follow();
dark.addEventListener('change', follow);

function draw(place) {
  const { source, query } = JSON.parse(document.getElementById(place.dataset.plan).textContent);
  createApp(Plan, { planSource: source, planQuery: query }).mount(place);
}

for (const group of document.querySelectorAll('details.plans')) {
  const drawOnce = () => {
    if (!group.open) return;
    group.removeEventListener('toggle', drawOnce);
    for (const place of group.querySelectorAll('[data-plan]')) draw(place);
  };
  group.addEventListener('toggle', drawOnce);
  drawOnce();
}
