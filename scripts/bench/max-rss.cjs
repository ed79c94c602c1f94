// Required before a program: writes down, in kilobytes, the most memory that it had, when it ends.
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  writeFileSync(process.env.BENCH_MAX_RSS, String(process.resourceUsage().maxRSS));
});
