// The service worker that keeps page, runtime and model for use without a network, where browsers allow one; and its
// updates, which take over only when the user says so.

/**
 * Resolves when the worker looks after this page (then the model is kept as it is fetched), or after a short wait.
 * @param onUpdate a newer version of the page is ready; calling what it is given reloads the page with it
 */
export async function keepOffline(limitMs: number, onUpdate: (apply: () => void) => void): Promise<void> {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const container = navigator.serviceWorker;
  const hadController = container.controller !== null;
  let registration: ServiceWorkerRegistration;
  try {
    registration = await container.register("./service-worker.js");
  } catch {
    return; // not https, or switched off
  }
  const offer = (waiting: ServiceWorker | null) => {
    if (waiting === null || container.controller === null) return;
    onUpdate(() => {
      container.addEventListener("controllerchange", () => location.reload(), { once: true });
      waiting.postMessage("take over");
    });
  };
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const installing = registration.installing;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed") offer(registration.waiting);
    });
  });
  const keepPage = () => container.controller?.postMessage("keep the page");
  container.addEventListener("controllerchange", keepPage);
  if (hadController) {
    keepPage();
    return;
  }
  await Promise.race([
    new Promise((resolve) => container.addEventListener("controllerchange", resolve, { once: true })),
    new Promise((resolve) => setTimeout(resolve, limitMs)),
  ]);
}
