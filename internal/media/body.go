package media

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// body reads an item piece by piece, from wherever a browser wants it: a film is neither opened whole in memory nor sent
// whole to whoever looks at its end.
type body struct {
	ctx    context.Context
	store  Store
	item   Item
	at     int64
	loaded int // the number of the piece, -1 for none
	piece  []byte
}

func (b *body) Read(p []byte) (int, error) {
	if b.at >= b.item.Size {
		return 0, io.EOF
	}
	n := int(b.at / PieceSize)
	if n != b.loaded {
		piece, err := b.store.Piece(b.ctx, b.item, n)
		if err != nil {
			return 0, fmt.Errorf("read media %s: %w", b.item.ID, err)
		}
		b.loaded, b.piece = n, piece
	}
	from := b.at - int64(n)*PieceSize
	if from >= int64(len(b.piece)) {
		return 0, fmt.Errorf("read media %s: piece %d is too short: %w", b.item.ID, n, io.ErrUnexpectedEOF)
	}
	c := copy(p, b.piece[from:])
	b.at += int64(c)
	return c, nil
}

func (b *body) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.at
	case io.SeekEnd:
		offset += b.item.Size
	}
	if offset < 0 {
		return 0, errors.New("media: sought before the beginning")
	}
	b.at = offset
	return offset, nil
}
