package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/index"
)

// productRoutes are an organisation's products and crops.
func (s *server) productRoutes() []route {
	return []route{
		get("/products", colleague, s.productsPage),
		get("/products/new", manager, s.newProductPage),
		post("/products/new", manager, s.addProduct),
		get("/products/edit", manager, s.editProductPage),
		post("/products/edit", manager, s.changeProduct),
	}
}

// Limits of what is said of a product.
const (
	maxAbout     = 1000 // characters
	maxShelfLife = 3650 // days
)

// productUnits are what lots of a product are counted in, as a form offers it.
var productUnits = []string{"KGM", "TNE", "LTR", "", "MTK"}

// productFilters narrow the list of an organisation's own products.
var productFilters = []filter{
	{"all", func(t index.Traits) bool { return !t.Lent }},
	{"goods", func(t index.Traits) bool { return !t.Lent && !t.Crop }},
	{"crops", func(t index.Traits) bool { return !t.Lent && t.Crop }},
}

func (s *server) productsPage(c echo.Context) error {
	ctx := c.Request().Context()
	l, chosen := listingOf(c, "/products", productFilters)
	found, err := s.Index.FindProducts(ctx, viewerOf(ctx), identityOf(ctx).Org, index.Search{Query: l.query, Only: chosen.only}, l.page)
	if err != nil {
		return err
	}
	v := &web.Products{MayChange: callerOf(ctx).authority.may(ledger.RoleAdmin), Find: finder(l, found, productFilters)}
	for _, p := range found.List {
		line := web.ProductLine{Code: codeText(p.ID), Crop: p.Perennial, Unit: p.Unit, Passport: p.ID.Path()}
		if said := p.Profile; said != nil {
			line.Name, line.One, line.ShelfLife, line.Photo, line.Old = said.Name, said.Unit, said.ShelfLife, said.Image != "", strings.Join(said.Old, "; ")
		}
		if v.MayChange {
			line.Path = "/products/edit?" + url.Values{"id": {p.ID.String()}}.Encode()
		}
		v.List = append(v.List, line)
	}
	return show(s, c, http.StatusOK, s.pages.Products, v)
}

func (s *server) newProductPage(c echo.Context) error {
	return s.askProduct(c, http.StatusOK, nil, web.Form{})
}

// ownProduct is the product of the caller's organisation that an identifier names.
func (s *server) ownProduct(ctx context.Context, text string) (*index.Product, error) {
	id, err := trace.ParseID(text)
	if err != nil {
		return nil, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	p, err := s.Index.Product(ctx, viewerOf(ctx), id)
	if err == nil && (p.Owner != identityOf(ctx).Org || p.ID != id) {
		err = ledger.Errorf(ledger.NotFound, "the product is none of this organisation's")
	}
	return p, err
}

func (s *server) editProductPage(c echo.Context) error {
	p, err := s.ownProduct(c.Request().Context(), c.QueryParam("id"))
	if err != nil {
		return err
	}
	return s.askProduct(c, http.StatusOK, p, web.Form{})
}

// askProduct shows the form of a product; p is the one that is changed, nil for a new one.
func (s *server) askProduct(c echo.Context, code int, p *index.Product, f web.Form) error {
	ctx := c.Request().Context()
	v := &web.ProductForm{Form: f, New: p == nil, Action: "/products/new", Units: productUnits, Unit: "KGM", Tolerance: "2", Cap: "10"}
	prefixes, err := s.Index.Prefixes(ctx, identityOf(ctx).Org)
	if err != nil {
		return err
	}
	for _, x := range prefixes {
		if x.GS1 != "" {
			v.Prefixes = append(v.Prefixes, x.GS1)
		}
	}
	if p == nil {
		if v.ID = f.Value("id"); v.ID == "" {
			id, err := s.office.ProductCode(ctx, identityOf(ctx).Org)
			if err != nil {
				return err
			}
			v.ID = id.String()
		}
		return show(s, c, code, s.pages.ProductForm, v)
	}
	mark := web.DecimalMark(s.lang(c))
	v.Action, v.ID, v.Code, v.Unit, v.Crop = "/products/edit", p.ID.String(), codeText(p.ID), string(p.Unit), p.Perennial
	v.Tolerance, v.Cap = batch.PercentText(p.Tolerance, mark), batch.PercentText(p.HardCap, mark)
	if said := p.Profile; said != nil {
		v.Name, v.NameEN, v.About, v.Brand, v.One, v.Photo = said.Name.VI, said.Name.EN, said.Description.VI, said.Brand, said.Unit.VI, said.Image != ""
		v.Measures = batch.FormatMeasures(said.Units, mark)
		v.Standards = strings.Join(said.Standards, "\n")
		if said.ShelfLife > 0 {
			v.ShelfLife = strconv.Itoa(said.ShelfLife)
		}
	}
	return show(s, c, code, s.pages.ProductForm, v)
}

// percentIn reads a field of percent.
func percentIn(form url.Values, field string) (trace.Ratio, error) {
	r, err := batch.ParsePercent(form.Get(field))
	return r, ledgerField(err, field)
}

func (s *server) addProduct(c echo.Context) error {
	form, photo, err := typedPhoto(c, photoField)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id, err := trace.ParseID(form.Get("id"))
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "id", "%v", err)
	}
	if typed := strings.TrimSpace(form.Get("gtin")); typed != "" {
		if id, err = trace.ParseGTIN(typed); err != nil {
			return retyped(c, form, err, asking(s.askProduct, nil))
		}
	}
	if p, err := s.Index.Product(ctx, viewerOf(ctx), id); err == nil && p.Owner == identityOf(ctx).Org {
		if form.Get("gtin") == "" {
			return done(c, "/products", "product_added")
		}
		return retyped(c, form, ledger.FieldErrorf(ledger.Conflict, "gtin", "names another product already"), asking(s.askProduct, nil))
	}
	if taken, err := s.office.Taken(ctx, id); taken || err != nil {
		return retyped(c, form, errOr(err, ledger.FieldErrorf(ledger.Conflict, "gtin", "names something else already")), asking(s.askProduct, nil))
	}
	return s.describeProduct(c, form, photo, nil, trace.Product{ID: id, Unit: trace.Unit(form.Get("unit")), Perennial: form.Get("crop") != ""}, trace.Profile{}, "product_added")
}

func (s *server) changeProduct(c echo.Context) error {
	form, photo, err := typedPhoto(c, photoField)
	if err != nil {
		return err
	}
	p, err := s.ownProduct(c.Request().Context(), form.Get("id"))
	if err != nil {
		return err
	}
	var said trace.Profile
	if p.Profile != nil {
		said = *p.Profile
	}
	return s.describeProduct(c, form, photo, p, p.Product, said, "product_changed")
}

// describeProduct reads what a form says of a product and records it.
func (s *server) describeProduct(c echo.Context, form url.Values, photo []byte, p *index.Product, product trace.Product, said trace.Profile, word string) error {
	ctx := c.Request().Context()
	err := s.readProduct(ctx, form, photo, &product, &said)
	if err == nil {
		err = thenDone(s.office.DescribeProducts(ctx, identityOf(ctx), office.DescribedProduct{Product: product, Profile: said}), "/products", word)
	}
	if err != nil {
		if form.Get("gtin") != "" && lastName(asError(err).Field) == "id" {
			err = ledgerField(err, "gtin")
		}
		return retyped(c, form, err, asking(s.askProduct, p))
	}
	return done(c, "/products", word)
}

func (s *server) readProduct(ctx context.Context, form url.Values, photo []byte, product *trace.Product, said *trace.Profile) (err error) {
	said.Name = trace.Text{VI: strings.TrimSpace(form.Get("name")), EN: strings.TrimSpace(form.Get("name_en"))}
	said.Unit.VI, said.Brand = strings.TrimSpace(form.Get("one")), strings.TrimSpace(form.Get("brand"))
	said.Description.VI = strings.TrimSpace(form.Get("about"))
	for field, text := range map[string]string{"name_en": said.Name.EN, "one": said.Unit.VI, "brand": said.Brand} {
		if utf8.RuneCountInString(text) > maxPlaceName {
			return ledger.FieldErrorf(ledger.Invalid, field, "has more than %d characters", maxPlaceName)
		}
	}
	switch n := utf8.RuneCountInString(said.Name.VI); {
	case n == 0 || n > maxPlaceName:
		return ledger.FieldErrorf(ledger.Invalid, "name", "is not 1 to %d characters", maxPlaceName)
	case utf8.RuneCountInString(said.Description.VI) > maxAbout:
		return ledger.FieldErrorf(ledger.Invalid, "about", "has more than %d characters", maxAbout)
	case !product.Unit.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "unit", "%q is no unit", product.Unit)
	}
	said.Standards = nil
	for line := range strings.Lines(form.Get("standards")) {
		if line = strings.TrimSpace(line); line != "" && len(said.Standards) < 20 {
			said.Standards = append(said.Standards, line)
		}
	}
	if said.Units, err = batch.ParseMeasures(form.Get("units")); err != nil {
		return err
	}
	said.ShelfLife = 0
	if text := strings.TrimSpace(form.Get("shelf_life")); text != "" {
		if said.ShelfLife, err = strconv.Atoi(text); err != nil || said.ShelfLife < 1 || said.ShelfLife > maxShelfLife {
			return ledger.FieldErrorf(ledger.Invalid, "shelf_life", "is not 1 to %d days", maxShelfLife)
		}
	}
	if product.Tolerance, err = percentIn(form, "tolerance"); err != nil {
		return err
	}
	if product.HardCap, err = percentIn(form, "hard_cap"); err != nil {
		return err
	}
	if product.Tolerance.Greater(product.HardCap) {
		return ledger.FieldErrorf(ledger.Invalid, "hard_cap", "is less than the tolerance")
	}
	if len(photo) == 0 {
		return nil
	}
	cid, err := s.keepPicture(ctx, photoField, photo)
	if err != nil {
		return err
	}
	said.Image, said.ImageAlt = cid, said.Name
	return nil
}
