// A length beside its figure; the figure says the same, so that the bar is for the eye only.
export function Bar({ share }: { share: number }) {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return <span class="track" aria-hidden="true"><span class="bar-fill" style={{ width }} /></span>;
}
