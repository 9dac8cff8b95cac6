// Small help on top of pages that work without it: the error summary gets focus, and forms hide what does not apply.
import './conditions.js';

document.querySelector('.ds-error-summary')?.focus();
