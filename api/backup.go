package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/backup"
)

// BackupPath is where the operator's program fetches a backup of the running node; of
// an increment, since says where the base ends.
const BackupPath = "/api/v1/backup"

func (s *server) backupRoutes() []route {
	return []route{get(BackupPath, operator.for_(account.ScopeManage), s.backup)}
}

// backup streams a backup. It opens sealed payloads, so a browser has to have proved a
// moment ago whose it is. One that breaks off has no end, which its reader sees.
func (s *server) backup(c echo.Context) error {
	ctx := c.Request().Context()
	if s.Backup == nil {
		return ledger.Errorf(ledger.NotFound, "this node makes no backups")
	}
	if who := callerOf(ctx); who.session != nil && !who.session.Fresh(time.Now()) {
		return errStale
	}
	var since *backup.Position
	if text := c.QueryParam("since"); text != "" {
		p, err := backup.ParsePosition(text)
		if err != nil {
			return ledger.FieldErrorf(ledger.Invalid, "since", "%v", err)
		}
		since = &p
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/octet-stream")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="sogoc-`+time.Now().UTC().Format("20060102T150405Z")+`.backup"`)
	h.Set("Cache-Control", "no-store")
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	err := s.Backup(ctx, c.Response(), since)
	if err != nil && c.Response().Committed {
		slog.ErrorContext(ctx, "a backup broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		h.Del(echo.HeaderContentDisposition)
	}
	return err
}
