package dialog

import (
	"github.com/expr-lang/expr"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// What variables and expressions come to in a step.

func (r *run) get(name string) any {
	if name == "audience" {
		return r.env.Audience
	}
	if _, told := r.set.plan.Facts[name]; told {
		return r.env.Facts[name]
	}
	if v, ofPerson := r.set.plan.Person[name]; ofPerson {
		return r.known(name, v)
	}
	if f := r.st.top(); f != nil {
		return f.Vars[name]
	}
	return nil
}

// values are what a command or a flow is given.
func (r *run) values(args []plan.Argument) map[string]any {
	values := map[string]any{}
	for _, a := range args {
		if a.Text != nil {
			values[a.Name] = a.Text.Render(r.get)
			continue
		}
		values[a.Name] = r.eval(func(env map[string]any) (any, error) { return expr.Run(a.Expr, env) })
	}
	return values
}

func (r *run) decide(branches []plan.Branch) plan.Target {
	for _, b := range branches {
		if b.When == nil {
			return b.To
		}
		if yes, _ := r.eval(func(env map[string]any) (any, error) { return expr.Run(b.When, env) }).(bool); yes {
			return b.To
		}
	}
	return plan.Target{}
}

func (r *run) assign(as []plan.Assign) {
	for _, a := range as {
		r.put(a.Name, r.eval(func(env map[string]any) (any, error) { return expr.Run(a.Expr, env) }))
	}
}

// eval runs an expression; what was type-checked at load fails only for values such as an index out of range, which count as nothing.
func (r *run) eval(f func(env map[string]any) (any, error)) any {
	fl := r.set.plan.Flows[r.st.top().Flow]
	env := r.set.nothing(fl)
	for name, v := range r.set.plan.Person {
		if value := r.known(name, v); value != nil {
			env[name] = value
		}
	}
	for name := range fl.Vars {
		if v := r.get(name); v != nil {
			env[name] = v
		}
	}
	for name := range r.set.plan.Facts {
		if v, told := r.env.Facts[name]; told {
			env[name] = v
		}
	}
	at := r.env.Now.In(citytime.Zone)
	env["can"], env["paused"] = r.env.Can, r.paused()
	env["audience"], env["channel"], env["hour"], env["weekday"] = r.env.Audience, r.env.Channel, float64(at.Hour()), float64(at.Weekday())
	v, err := f(env)
	if err != nil {
		return nil
	}
	return v
}
