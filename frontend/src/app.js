// Small help on top of pages that work without it: the error summary gets focus.

document.querySelector('.ds-error-summary')?.focus();
