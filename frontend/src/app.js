// Small help on top of pages that work without it: the error summary gets focus, and a form with data-draft saves itself while one writes.

document.querySelector('.ds-error-summary')?.focus();

// <form data-draft="/…/utkast"> with <p role="status" data-draft-status data-saved="Utkastet er lagret" data-failed="Utkastet ble ikke lagret">.
const PAUSE = 1500;

const keepDraft = form => {
  const status = form.querySelector('[data-draft-status]');
  let timer, saving;
  const tell = saved => { if (status) status.textContent = saved ? status.dataset.saved : status.dataset.failed; };
  const save = async (keepalive = false) => {
    clearTimeout(timer);
    timer = undefined;
    saving = new AbortController();
    try {
      const { ok } = await fetch(form.dataset.draft, {
        method: 'POST', body: new FormData(form), keepalive, signal: saving.signal
      });
      tell(ok);
    } catch (error) {
      if (error.name !== 'AbortError') tell(false);
    }
  };
  form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(save, PAUSE); });
  form.addEventListener('submit', () => { clearTimeout(timer); timer = undefined; saving?.abort(); });
  document.addEventListener('visibilitychange', () => { if (document.hidden && timer) save(true); });
};

document.querySelectorAll('form[data-draft]').forEach(keepDraft);
