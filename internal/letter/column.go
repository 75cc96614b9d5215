package letter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// PieceState is where a piece for the column stands.
type PieceState string

// The states of a piece.
const (
	Editing   PieceState = "editing"
	Proposed  PieceState = "proposed" // its editor ticked the checklist: a supervisor may publish it
	Published PieceState = "published"
)

// Piece is a letter and its answer as the column shows them: rewritten, without a trace of who wrote. Its ID is random and
// says nothing of the letter or of a time.
type Piece struct {
	ID          string
	Letter      string
	State       PieceState
	Version     int
	Words       Words
	Edited      Hand // who wrote it last; Proposed by them
	Publisher   string
	ChangedAt   time.Time
	PublishedAt time.Time
}

// Month is the finest date that is shown.
func (p Piece) Month() string { return p.PublishedAt.In(citytime.Zone).Format("2006年1月") }

// Words are what is shown of a piece.
type Words struct {
	Title  string `json:"title"`
	Topic  string `json:"topic"`
	Letter string `json:"letter"`
	Answer string `json:"answer"`
}

func (w Words) trimmed() Words {
	clean := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return Words{clean(w.Title), w.Topic, clean(w.Letter), clean(w.Answer)}
}

func (w Words) check() error {
	switch {
	case w.Title == "" || w.Letter == "" || w.Answer == "" || !slices.Contains(Topics(), w.Topic):
		return ErrEmpty
	case utf8.RuneCountInString(w.Title) > maxTitle || utf8.RuneCountInString(w.Letter) > MaxRunes || utf8.RuneCountInString(w.Answer) > MaxAnswer:
		return ErrLong
	}
	return nil
}

const maxTitle = 40

// Topics are what pieces are sorted under.
func Topics() []string {
	return []string{"心情", "学习和考试", "同学和朋友", "爸爸妈妈", "自己", "手机和游戏", "喜欢一个人", "别的"}
}

// Ticks is the checklist of traces: the editor ticks every line before a supervisor may publish.
func Ticks() []string {
	return []string{
		"没有名字、外号、称呼（他的、同学的、老师的）",
		"没有学校、年级、班级、社团、补习班",
		"没有地方：城区、街道、小区、地铁站",
		"没有日期、生日、考试的名次和分数",
		"没有电话、账号、网名、取信码",
		"没有只有身边的人才知道的事（家里特别的事、得过的奖、少见的病）",
		"没有怎样伤害自己的细节",
	}
}

// ColumnStore keeps pieces.
type ColumnStore interface {
	PieceOf(ctx context.Context, letterID string) (Piece, error)
	PutPiece(ctx context.Context, p Piece) error
	// DropPiece takes a piece away with all its words.
	DropPiece(ctx context.Context, letterID string) error
	// Pieces lists all pieces, the one that changed last first.
	Pieces(ctx context.Context) ([]Piece, error)
	// PublishedMark is a word that changes whenever what is published does.
	PublishedMark(ctx context.Context) (string, error)
}

// Piece returns what is written for the column of a letter; the zero Piece where nothing is.
func (s *Service) Piece(ctx context.Context, letterID string) (Piece, error) {
	p, err := s.Store.PieceOf(ctx, letterID)
	if errors.Is(err, ErrNotFound) {
		return Piece{Letter: letterID}, nil
	}
	if err != nil {
		return p, fmt.Errorf("read a piece: %w", err)
	}
	return p, nil
}

// Edit is what an editor hands in of a piece. Propose says that it is ready; Ticked counts the lines of the checklist.
type Edit struct {
	Words   Words
	Version int
	Propose bool
	Ticked  int
}

// EditPiece writes a piece. One that is published leaves the column until it is published again: what was checked is what
// stands there.
func (s *Service) EditPiece(ctx context.Context, letterID string, by Actor, e Edit) error {
	words := e.Words.trimmed()
	if e.Propose {
		if err := words.check(); err != nil {
			return err
		}
		if e.Ticked != len(Ticks()) {
			return ErrTicks
		}
	}
	return s.piece(ctx, letterID, "edit", func(l Letter, p *Piece) error {
		if l.Consent.Agreed != Yes {
			return ErrConsent
		}
		if !l.Publishable() {
			return ErrGrave
		}
		if e.Version != p.Version {
			if p.Words == words && p.Edited.ID == by.ID { // a second click
				return nil
			}
			return ErrConflict
		}
		p.Words, p.Edited, p.State, p.PublishedAt, p.Publisher = words, s.hand(by, ""), Editing, time.Time{}, ""
		if e.Propose {
			p.State = Proposed
		}
		return nil
	})
}

// Publish puts a proposed piece into the column. Another one than its editor does, wherever there is another.
func (s *Service) Publish(ctx context.Context, letterID string, by Actor, seen int) error {
	if !by.Leads {
		return ErrRight
	}
	second, err := s.NeedsSecond(ctx)
	if err != nil {
		return err
	}
	return s.piece(ctx, letterID, "publish", func(l Letter, p *Piece) error {
		switch {
		case l.Consent.Agreed != Yes:
			return ErrConsent
		case !l.Publishable():
			return ErrGrave
		case p.State == Published:
			return nil
		case p.State != Proposed || seen != p.Version:
			return ErrChanged
		}
		if second {
			if err := s.apart(ctx, p.Edited.ID, by.ID); err != nil {
				return err
			}
		}
		p.State, p.Publisher, p.PublishedAt = Published, by.Name, s.Time()
		return nil
	})
}

// Unpublish takes a piece out of the column; its words stay for another edit.
func (s *Service) Unpublish(ctx context.Context, letterID string, by Actor) error {
	if !by.Leads {
		return ErrRight
	}
	return s.piece(ctx, letterID, "unpublish", func(_ Letter, p *Piece) error {
		if p.State == Published {
			p.State, p.PublishedAt, p.Publisher = Editing, time.Time{}, ""
		}
		return nil
	})
}

// piece changes a letter's piece, with the letter held: a consent that is being withdrawn waits, and then finds the piece.
func (s *Service) piece(ctx context.Context, letterID, doing string, f func(l Letter, p *Piece) error) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		l, err := s.Store.ForUpdate(ctx, letterID)
		if err != nil {
			return err
		}
		p, err := s.Store.PieceOf(ctx, letterID)
		if errors.Is(err, ErrNotFound) {
			p, err = Piece{ID: uuid.NewString(), Letter: letterID}, nil // not in the order of time, as other IDs are
		}
		if err != nil {
			return err
		}
		if err := f(l, &p); err != nil {
			return err
		}
		p.Version, p.ChangedAt = p.Version+1, s.Time()
		return s.Store.PutPiece(ctx, p)
	})
	if err != nil {
		return fmt.Errorf("%s a piece of letter %s: %w", doing, letterID, err)
	}
	s.touch(ctx)
	return nil
}

// columnCache is what is published, opened, under the mark that it was read at.
type columnCache struct {
	mu     sync.Mutex
	mark   string
	pieces []Piece
	folded map[string]string
}

// published returns what the column shows, the newest first. The mark is read every time, so that what is withdrawn is gone
// at once, on every replica.
func (s *Service) published(ctx context.Context) ([]Piece, map[string]string, error) {
	mark, err := s.Store.PublishedMark(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("look at the column: %w", err)
	}
	s.column.mu.Lock()
	defer s.column.mu.Unlock()
	if s.column.folded != nil && s.column.mark == mark {
		return s.column.pieces, s.column.folded, nil
	}
	all, err := s.Store.Pieces(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read the column: %w", err)
	}
	pieces := slices.DeleteFunc(all, func(p Piece) bool { return p.State != Published })
	slices.SortStableFunc(pieces, func(a, b Piece) int { return b.PublishedAt.Compare(a.PublishedAt) })
	folded := make(map[string]string, len(pieces))
	for _, p := range pieces {
		folded[p.ID] = hanzi.Fold(p.Words.Title + " " + p.Words.Topic + " " + p.Words.Letter + " " + p.Words.Answer)
	}
	s.column.mark, s.column.pieces, s.column.folded = mark, pieces, folded
	return pieces, folded, nil
}

// Shown returns one published piece; ErrNotFound where it is none, or no more.
func (s *Service) Shown(ctx context.Context, id string) (Piece, error) {
	pieces, _, err := s.published(ctx)
	if err != nil {
		return Piece{}, err
	}
	i := slices.IndexFunc(pieces, func(p Piece) bool { return p.ID == id })
	if i < 0 {
		return Piece{}, ErrNotFound
	}
	return pieces[i], nil
}

// mostWords bounds what is read of somebody's search.
const mostWords = 60

// Column lists published pieces: of a topic, "" for all, and, where words are given, those that tell of them, the closest
// first.
func (s *Service) Column(ctx context.Context, topic, words string) ([]Piece, error) {
	pieces, folded, err := s.published(ctx)
	if err != nil {
		return nil, err
	}
	terms := terms(words)
	type hit struct {
		Piece
		score int
	}
	var hits []hit
	for _, p := range pieces {
		if topic != "" && p.Words.Topic != topic {
			continue
		}
		score := closeness(terms, hanzi.Fold(p.Words.Title+" "+p.Words.Topic), folded[p.ID])
		if len(terms) == 0 || score > 0 {
			hits = append(hits, hit{p, score})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	out := make([]Piece, len(hits))
	for i, h := range hits {
		out[i] = h.Piece
	}
	return out, nil
}

// terms are the words of a search, folded.
func terms(words string) []string {
	r := []rune(words)
	var out []string
	for _, w := range strings.Fields(string(r[:min(len(r), mostWords)])) {
		if f := hanzi.Fold(w); f != "" && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// closeness says how well a piece answers to the words: a whole word in the title counts most, then one in the text; of one
// that stands nowhere whole, its pairs of characters, if half of them are there.
func closeness(terms []string, title, text string) (score int) {
	for _, t := range terms {
		switch {
		case strings.Contains(title, t):
			score += 100
		case strings.Contains(text, t):
			score += 40
		default:
			score += pairs(t, text)
		}
	}
	return score
}

// pairs counts which pairs of a term's characters stand in the text. Those with a word of everyday grammar in them say
// nothing of what it is about: 考砸了怎么办 is about 考砸.
func pairs(term, text string) int {
	r := []rune(term)
	all, found := 0, 0
	for i := range len(r) - 1 {
		pair := string(r[i : i+2])
		if strings.ContainsAny(pair, grammar) {
			continue
		}
		all++
		if strings.Contains(text, pair) {
			found++
		}
	}
	if found == 0 || 2*found < all {
		return 0
	}
	return 20 * found / all
}

const grammar = "了的地得吗呢吧啊呀我你您他她它们是在怎么办样很都就也还不没和跟与有会能要想该什谁哪"
