package problem

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// How much work a content file may be, whoever wrote it: bytes alone say little, for 30 KB of brackets make a parser take a
// gigabyte, and ten lines of aliases stand for a billion values. All YAML of content is read by Tree and Unmarshal, and by
// nothing else. Our own largest file has 700 KB, 11,000 pieces, and is six deep.
const (
	MaxYAML    = 4 << 20 // bytes of a file
	maxPieces  = 300_000 // marks, keys and values
	maxDepth   = 40      // of lists and mappings in each other
	maxKeys    = 3000    // of one mapping: the parser takes their square
	maxOnLine  = 24      // marks that open something, on one line outside brackets
	maxAliases = 200     // *name, &name and !tag, each
	maxMeant   = 300_000 // values that the file stands for, once its aliases are written out
)

// TooMuchError says that a text would be too much work to read, where, and how to mend it.
type TooMuchError struct {
	Line, Col   int
	Words, Hint string
}

func (e *TooMuchError) Error() string {
	return fmt.Sprintf("第 %d 行第 %d 列：%s，没有读；%s", e.Line, e.Col, e.Words, e.Hint)
}

// Tree parses the text of a YAML file, or refuses it before much work is done on it.
func Tree(raw []byte, opts ...parser.Option) (*ast.File, error) {
	raw = Text(raw)
	if err := tooMany(raw); err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(string(raw))
	if err := tooDeep(tokens); err != nil {
		return nil, err
	}
	tree, err := parser.Parse(tokens, 0, opts...)
	if err != nil {
		return nil, err
	}
	return tree, meansTooMuch(tree)
}

// Unmarshal reads a whole text into v, within the bounds of Tree.
func Unmarshal(raw []byte, v any, opts ...yaml.DecodeOption) error {
	tree, err := Tree(raw)
	if err != nil {
		return err
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return nil
	}
	return yaml.NodeToValue(tree.Docs[0].Body, v, opts...)
}

// tooMany looks at the bytes alone: cutting a text into pieces takes some hundred bytes for each.
func tooMany(raw []byte) error {
	if len(raw) > MaxYAML {
		return &TooMuchError{1, 1, fmt.Sprintf("文件有 %d MB，最多 %d MB", len(raw)>>20, MaxYAML>>20), "请分成几个文件"}
	}
	n, line := 0, 1
	for i, b := range raw {
		switch b {
		case '\n':
			line++
			n++
		case '[', ']', '{', '}', ',', ':', '&', '*', '!', '?', '#', '"', '\'':
			n++
		case '-':
			if i+1 < len(raw) && raw[i+1] == ' ' {
				n++
			}
		}
		if n > 2*maxPieces {
			return &TooMuchError{line, 1, "文件里的东西太多", "请分成几个文件"}
		}
	}
	return nil
}

// level is a list or a mapping that has begun: of a block its column, of brackets 0.
type level struct{ column, keys int }

// tooDeep follows how lists and mappings stand in each other, as the parser will.
func tooDeep(tokens token.Tokens) error {
	refuse := func(t *token.Token, words, hint string) error {
		return &TooMuchError{max(t.Position.Line, 1), max(t.Position.Column, 1), words, hint}
	}
	if len(tokens) > maxPieces {
		return refuse(tokens[maxPieces], "文件里的东西太多", "请分成几个文件")
	}
	var (
		in               []level
		brackets         int
		onLine, line     int
		names, tags, see int
	)
	block := func(column int) {
		for len(in) > 0 && in[len(in)-1].column > column {
			in = in[:len(in)-1]
		}
		if len(in) == 0 || in[len(in)-1].column < column {
			in = append(in, level{column: column})
		}
	}
	for i, t := range tokens {
		if t.Position == nil {
			continue
		}
		if t.Position.Line != line {
			line, onLine = t.Position.Line, 0
		}
		opens := brackets == 0
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			brackets++
			in = append(in, level{})
			opens = false
		case token.SequenceEndType, token.MappingEndType:
			if brackets > 0 {
				brackets--
				for len(in) > 0 && in[len(in)-1].column > 0 {
					in = in[:len(in)-1]
				}
				in = in[:max(0, len(in)-1)]
			}
			opens = false
		case token.SequenceEntryType, token.MappingKeyType:
			if brackets == 0 {
				block(t.Position.Column)
			}
		case token.MappingValueType:
			if brackets == 0 && i > 0 && tokens[i-1].Position != nil {
				block(tokens[i-1].Position.Column)
			}
			if len(in) > 0 {
				if in[len(in)-1].keys++; in[len(in)-1].keys > maxKeys {
					return refuse(t, fmt.Sprintf("一个地方写了 %d 个以上的名字", maxKeys), "请分成几个文件，或改成列表")
				}
			}
		case token.AliasType:
			see++
		case token.AnchorType:
			names++
		case token.TagType:
			tags++
		default:
			opens = false
		}
		if t.Type == token.DocumentHeaderType {
			in, brackets = nil, 0
		}
		if opens {
			onLine++
		}
		switch {
		case len(in) > maxDepth:
			return refuse(t, fmt.Sprintf("一层套一层，套了 %d 层以上", maxDepth), "请检查是不是多打了括号或短横")
		case onLine > maxOnLine:
			return refuse(t, "一行里的冒号、短横这样的记号太多", "请分成几行，或用引号把这段话括起来")
		case max(see, names, tags) > maxAliases:
			return refuse(t, fmt.Sprintf("*、&、! 这样的记号超过 %d 个", maxAliases), "请把要重复的内容写出来，或用引号把这段话括起来")
		}
	}
	return nil
}

// meansTooMuch counts what a file stands for once each alias is what it names. An alias that is inside what it names is
// refused too: it would have no end.
func meansTooMuch(tree *ast.File) error {
	w := weigher{named: map[string]int{}}
	for _, doc := range tree.Docs {
		if doc.Body != nil {
			w.of(doc.Body)
		}
	}
	if w.at == nil {
		return nil
	}
	line, col := position(w.at)
	return &TooMuchError{line, col, "用 * 重复的内容太多", "请把要重复的内容写出来"}
}

type weigher struct {
	named map[string]int // what each name stands for
	at    ast.Node       // where it became too much
}

func (w *weigher) of(n ast.Node) (sum int) {
	sum = 1
	switch n := n.(type) {
	case nil:
		return 0
	case *ast.AnchorNode:
		name := strings.TrimSpace(n.Name.String())
		w.named[name] = maxMeant + 1 // until it is whole
		sum = w.of(n.Value)
		w.named[name] = sum
	case *ast.AliasNode:
		sum = max(1, w.named[strings.TrimPrefix(n.String(), "*")])
	case *ast.TagNode:
		sum += w.of(n.Value)
	case *ast.MappingNode:
		for _, v := range n.Values {
			sum += w.of(v)
		}
	case *ast.MappingValueNode:
		sum += w.of(n.Value)
	case *ast.SequenceNode:
		for _, v := range n.Values {
			sum += w.of(v)
		}
	}
	if sum > maxMeant && w.at == nil {
		w.at = n
	}
	return min(sum, maxMeant+1)
}

// words are what a YAML library says of an error, without the text around it: putting that together takes the square of a
// file's pieces.
func words(err error) string {
	var ye yaml.Error
	if errors.As(err, &ye) {
		return ye.GetMessage()
	}
	return err.Error()
}

// Reason says in one line why Tree or Unmarshal refused a text.
func Reason(err error) string {
	var much *TooMuchError
	if errors.As(err, &much) {
		return much.Error()
	}
	line, _ := placeOf(err)
	return fmt.Sprintf("第 %d 行：%s", line, words(err))
}

// Text is a content file without what some programs put before it.
func Text(raw []byte) []byte { return bytes.TrimPrefix(raw, []byte(bom)) }
