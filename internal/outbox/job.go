package outbox

import (
	"context"
	"encoding/json"
	"fmt"
)

// Job is what a row asks for. One Go type says the kind of the row and is its payload, as JSON, so that whoever asks and
// whoever does it cannot mean two things.
type Job interface {
	Kind() string
}

// Ask puts rows for a job: r says when, for whom and under which key.
func Ask(ctx context.Context, q Queue, job Job, r Row) error {
	r, err := For(job, r)
	if err != nil {
		return err
	}
	return q.Put(ctx, r)
}

// For makes of r the row of a job, for who puts several at once.
func For(job Job, r Row) (Row, error) {
	payload, err := json.Marshal(job)
	if err != nil {
		return Row{}, fmt.Errorf("write the job %s: %w", job.Kind(), err)
	}
	r.Kind, r.Payload = job.Kind(), payload
	return r, nil
}

// Decode reads a row's job. One that cannot be read never will be: the error buries it.
func Decode[J Job](r Row) (J, error) {
	var job J
	if err := json.Unmarshal(r.Payload, &job); err != nil {
		return job, &Error{Verdict: Bury, Err: fmt.Errorf("read the job %s: %w", job.Kind(), err)}
	}
	return job, nil
}
