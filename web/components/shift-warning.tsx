// Above the table: that these images are not like those that the model's threshold was set on.
import type { JSX } from "preact";
import type { ShiftNotice } from "../../src/page/shift-notice.js";
import { Icon } from "./icons.js";

/** The element stays while nothing is said, so that screen readers tell what appears in it. */
export function ShiftWarning({ notice }: { readonly notice: ShiftNotice | null }): JSX.Element {
  return (
    <div role="status">
      {notice !== null && (
        <div class="warnings" data-testid="shift">
          <p>
            <Icon name="warning" /> <strong>{notice.title}</strong>
          </p>
          <p>{notice.text}</p>
        </div>
      )}
    </div>
  );
}
