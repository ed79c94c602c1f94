// Draws one plan; build.js makes it the body of `drawPlan(place, source, query)`, so that each plan
// gets modules of its own: pev2 keeps what it shows in one store for the whole page.
/* global place, source, query */
import { Plan } from 'pev2';
import { createApp } from 'vue';
import 'bootstrap/dist/css/bootstrap.min.css';
import 'pev2/dist/pev2.css';

createApp(Plan, { planSource: source, planQuery: query }).mount(place);
