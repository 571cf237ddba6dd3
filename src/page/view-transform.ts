// Where the image lies in the viewer: scale and place, and what zooming and moving make of them. All in CSS pixels.

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The image's pixel (0, 0) is at (x, y); `scale` CSS pixels per image pixel. */
export interface ViewTransform {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

const maxScale = 16;

/** The whole image, centred. */
export function fitted(image: Size, stage: Size): ViewTransform {
  const scale = Math.min(stage.width / image.width, stage.height / image.height);
  return { scale, x: (stage.width - image.width * scale) / 2, y: (stage.height - image.height * scale) / 2 };
}

/** Zooms by `factor` about a point of the stage that stays where it is; never smaller than fitted. */
export function zoomed(
  view: ViewTransform,
  factor: number,
  centre: { readonly x: number; readonly y: number },
  image: Size,
  stage: Size,
): ViewTransform {
  const least = fitted(image, stage).scale;
  const scale = Math.min(Math.max(maxScale, least), Math.max(least, view.scale * factor));
  const ratio = scale / view.scale;
  const moved = { scale, x: centre.x - (centre.x - view.x) * ratio, y: centre.y - (centre.y - view.y) * ratio };
  return kept(moved, image, stage);
}

export function moved(view: ViewTransform, deltaX: number, deltaY: number, image: Size, stage: Size): ViewTransform {
  return kept({ ...view, x: view.x + deltaX, y: view.y + deltaY }, image, stage);
}

/** An axis on which the image is smaller than the stage is centred; else no edge comes inside the stage. */
function kept(view: ViewTransform, image: Size, stage: Size): ViewTransform {
  const place = (at: number, length: number, room: number) =>
    length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, at));
  return {
    scale: view.scale,
    x: place(view.x, image.width * view.scale, stage.width),
    y: place(view.y, image.height * view.scale, stage.height),
  };
}
