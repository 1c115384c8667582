package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
)

// signUpRoutes are for who comes without an invitation, to apply.
func (s *server) signUpRoutes() []route {
	return []route{
		get("/signup", anyone, s.signUpPage),
		post("/signup", anyone, s.signUp),
	}
}

// afterSignUp is where somebody goes who made an account.
const afterSignUp = "/apply"

func (s *server) signUpPage(c echo.Context) error {
	if callerOf(c.Request().Context()).person != nil {
		return c.Redirect(http.StatusSeeOther, afterSignUp)
	}
	return show(s, c, http.StatusOK, s.pages.SignUp, &web.SignUp{Next: afterSignUp})
}

func (s *server) signUp(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	g, err := s.Accounts.SignUp(c.Request().Context(), s.newcomer(c, form), form.Get("password"), s.from(c))
	if err != nil {
		f, code, err := again(c, form, err)
		if err != nil {
			return err
		}
		for _, field := range []string{"phone", "email"} {
			if what, ok := f.Wrong[field]; ok {
				delete(f.Wrong, field)
				f.Wrong["identifier"] = what
			}
		}
		return show(s, c, code, s.pages.SignUp, &web.SignUp{Form: f, Next: afterSignUp})
	}
	s.mailNewcomer(c.Request().Context(), g.Session.Account, s.from(c))
	return s.begin(c, g, false)
}

// newcomer is who a form says they are.
func (s *server) newcomer(c echo.Context, form url.Values) account.Person {
	p := account.Person{Name: form.Get("name"), Phone: strings.TrimSpace(form.Get("phone")), Language: string(s.lang(c))}
	switch id := strings.TrimSpace(form.Get("identifier")); {
	case strings.Contains(id, "@"):
		p.Email = id
	case id != "":
		p.Phone = id
	}
	return p
}
