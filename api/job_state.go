package api

import (
	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/web"
)

// jobState is how far a job is, as pages say it.
func jobState(j jobs.Job) string {
	switch {
	case j.Ready():
		return web.JobReady
	case j.Fault != nil:
		return web.JobFailed
	case j.Done > 0:
		return web.JobWorking
	}
	return web.JobWaiting
}

// jobFault is why a job came to nothing, as forms say what is wrong with a field.
func jobFault(j jobs.Job) web.Form {
	if j.Fault == nil {
		return web.Form{}
	}
	return web.Form{Wrong: map[string]string{j.Fault.Field: string(j.Fault.Code)}}
}
