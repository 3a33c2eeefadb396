// The terminal takes the keyboard as soon as it shows something, without a click or Tab.
new MutationObserver((_, watching) => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys && document.body.classList.contains("-first-byte")) {
    keys.focus();
    watching.disconnect();
  }
}).observe(document.body, { attributes: true, childList: true, subtree: true });
