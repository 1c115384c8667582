package api

import (
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// counted tells of every answer.
func (s *server) counted(next echo.HandlerFunc) echo.HandlerFunc {
	if s.Answered == nil {
		return next
	}
	return func(c echo.Context) error {
		began := time.Now()
		defer func() { // also where an answer was broken off
			s.Answered(requestClass(c.Path()), c.Response().Status, time.Since(began))
		}()
		if err := next(c); err != nil {
			c.Error(err) // now, so that the status is known
		}
		return nil
	}
}

// classes are the first parts of routes that are classes of their own.
var classes = map[string]string{
	"api": "api", "epcis": "epcis", "dsp": "dsp", "services": "service", "ipfs": "payload", "assets": "asset",
	"tile": "log", "checkpoint": "log", "healthz": "health", "readyz": "health",
}

// requestClass is what kind of request a route is for. There are few, whatever clients
// ask for: "code" is a scanned one, "none" is no route, and "page" the rest.
func requestClass(route string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(route, "/"), "/")
	switch class := classes[first]; {
	case class != "":
		return class
	case route == "" || route == "/*":
		return "none"
	case slices.Contains(linkKeys, first):
		return "code"
	}
	return "page"
}
