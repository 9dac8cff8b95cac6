// Saves what is typed in <form data-draft="/…/utkast"> while one writes, and sends a form once however often it is pressed.
// The words come from the server: <p role="status" data-draft-status data-failed="Utkastet ble ikke lagret.">. Without script there is a button.
const PAUSE = 1500;

const answered = async reply => (await reply.json().catch(() => ({}))).message;

const keepDraft = form => {
  const status = form.querySelector('[data-draft-status]');
  let timer, saving, sent = false;
  const tell = message => { status.textContent = message || status.dataset.failed; };
  const save = async (keepalive = false) => {
    clearTimeout(timer);
    timer = undefined;
    saving?.abort();
    const { signal } = saving = new AbortController();
    try {
      const reply = await fetch(form.dataset.draft, { method: 'POST', body: new FormData(form), keepalive, signal });
      tell(await answered(reply));
    } catch (error) {
      if (error.name !== 'AbortError') tell();
    }
  };
  form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(save, PAUSE); });
  form.addEventListener('submit', event => {
    if (sent) return event.preventDefault();
    sent = true;
    clearTimeout(timer);
    timer = undefined;
    saving?.abort();
  });
  addEventListener('pageshow', () => { sent = false; });
  document.addEventListener('visibilitychange', () => { if (document.hidden && timer) save(true); });
};

document.querySelectorAll('form[data-draft]').forEach(keepDraft);
