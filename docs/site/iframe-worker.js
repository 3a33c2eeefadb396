/* Pages that are opened as files may start no worker. Here the search runs in a hidden frame instead;
   the builder's own stand-in would be loaded from outside. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.body.appendChild(Object.assign(document.createElement("iframe"), { hidden: true }));
      const inner = this.frame.contentWindow;
      inner.postMessage = (data) => {
        const event = new MessageEvent("message", { data: structuredClone(data) });
        this.dispatchEvent(event);
        this.onmessage?.(event);
      };
      const load = (src) => new Promise((resolve, reject) => {
        const script = inner.document.createElement("script");
        Object.assign(script, { src, onload: resolve, onerror: reject });
        inner.document.body.append(script);
      });
      inner.importScripts = (...all) => all.reduce((before, src) => before.then(() => load(src)), Promise.resolve());
      this.ready = load(new URL(url, location.href).href);
      this.ready.catch(() => this.dispatchEvent(new ErrorEvent("error")));
    }
    postMessage(data) {
      this.ready.then(() => this.frame.contentWindow.dispatchEvent(
        new MessageEvent("message", { data: structuredClone(data) })), () => {});
    }
    terminate() { this.frame.remove(); }
  };
}
