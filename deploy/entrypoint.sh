#!/bin/sh
# Starts the program in the image. Before it serves, the content of the image is laid into a folder that it may write:
# what editors publish on the desk is kept in the database, and every replica writes it into its own folder.
set -eu
if [ "${1:-serve}" = serve ]; then
  rm -rf "${XINQIAO_DIALOGS_DIR:?}"
  mkdir -p "$(dirname "$XINQIAO_DIALOGS_DIR")"
  cp -R /app/dialogs "$XINQIAO_DIALOGS_DIR"
  # The folder is as it was released: all that was published is to be looked at again.
  rm -f "${XINQIAO_DATA_DIR:?}/content-published"
fi
exec /usr/local/bin/xinqiao "$@"
