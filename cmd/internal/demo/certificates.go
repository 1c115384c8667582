package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// certifyAll has agencies and certifiers attest, before the season starts. A
// planting-area code covers its plots and the crops that stand on them.
func (p *province) certifyAll(ctx context.Context) error {
	area := func(list []plot, code string, crops ...*product) (ids []trace.ID) {
		for _, t := range list {
			if t.code != code {
				continue
			}
			ids = append(ids, p.orgs[t.grower].site(t.n))
			for _, c := range crops {
				ids = append(ids, lot(p.id(c), t.name))
			}
		}
		return ids
	}
	since := p.season.at(time.January, 15, 9, 0)
	give := func(scheme, number, holder string, years int, targets ...trace.ID) trace.Certificate {
		return trace.Certificate{
			ID: "https://sogoc.example/chung-nhan/" + number, Scheme: scheme, Number: number,
			Holder: p.orgs[holder].id, Targets: targets,
			From: ledger.TimeOf(since), Until: ledger.TimeOf(since.AddDate(years, 0, 0)),
		}
	}
	stars := func(c trace.Certificate, n int) trace.Certificate {
		c.Stars = n
		return c
	}
	for _, issue := range []struct {
		issuer string
		list   []trace.Certificate
	}{
		{orgProtection, []trace.Certificate{
			give(trace.SchemeArea, areaLucNgan, orgLychee, 3, area(lycheePlots, areaLucNgan, lycheeCrop)...),
			give(trace.SchemeArea, areaOthers, orgLychee, 3, area(lycheePlots, areaOthers, lycheeCrop)...),
			give(trace.SchemeArea, areaMoCay, orgCoconut, 3, area(coconutPlots, areaMoCay, coconutCrop, pomeloCrop)...),
			give(trace.SchemePacking, "MAU-VN-BNPH-001", orgPacking, 3, p.orgs[orgPacking].site(siteMain)),
		}},
		{orgCertifier, []trace.Certificate{
			give(trace.SchemeVietGAP, "MAU-VietGAP-TT-24-01", orgLychee, 3, p.id(lycheeCrop), p.id(lycheeFresh), p.id(lycheeFirst), p.id(lycheeSecond), p.id(lycheeCase), p.id(lycheeCrate)),
			give(trace.SchemeGlobalGAP, "9520000000011", orgLychee, 2, p.id(lycheeCase), p.id(lycheeFirst)),
			give(trace.SchemeVietGAP, "MAU-VietGAP-TT-86-01", orgCoconut, 3, p.id(pomeloCrop), p.id(pomelo), p.id(pomeloBox)),
		}},
		{orgOCOP, []trace.Certificate{
			stars(give(trace.SchemeOCOP, "MAU-OCOP-86-004", orgCandy, 3, p.id(candyBox), p.id(candyBag)), 4),
			stars(give(trace.SchemeOCOP, "MAU-OCOP-86-017", orgArtisan, 3, p.id(bowl)), 3),
		}},
	} {
		items := make([]any, len(issue.list))
		for i, c := range issue.list {
			items[i] = c
		}
		err := p.submit(ctx, p.orgs[issue.issuer].who, trace.Contract, trace.ActionCertify, trace.CertifySummary(issue.list), items...)
		if err != nil {
			return fmt.Errorf("by %s: %w", issue.issuer, err)
		}
	}
	return nil
}
